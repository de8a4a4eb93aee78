WITH scored AS (
    SELECT p.id, p.owner_id, p.title, p.tagline, p.created_at, coalesce(voted.votes, 0) AS votes,
        coalesce(discussed.comments, 0) AS comments, coalesce(awarded.badges, 0) AS badges,
        p.quality + 2 * coalesce(voted.votes, 0) + coalesce(discussed.comments, 0) + 5 * coalesce(awarded.weight, 0)
            AS proof_score,
        greatest(
        coalesce(voted.votes, 0) + 2 * coalesce(discussed.comments, 0) + 5 * coalesce(awarded.weight, 0), 1
    ) * exp(greatest(ln(0.5::float8) * extract(epoch FROM now() - p.created_at)::float8 / 604800, -700))
            AS score
    FROM projects AS p
    LEFT JOIN (SELECT project_id, sum(value) AS votes FROM votes GROUP BY project_id) AS voted
        ON voted.project_id = p.id
    LEFT JOIN (SELECT project_id, count(*) AS comments FROM comments GROUP BY project_id) AS discussed
        ON discussed.project_id = p.id
    LEFT JOIN (
        SELECT project_id, count(*) AS badges, sum(weight) AS weight FROM badges GROUP BY project_id
    ) AS awarded ON awarded.project_id = p.id
    WHERE p.status = 'published'
)
SELECT p.id, p.title, p.tagline, u.username AS owner,
    ARRAY(
        SELECT t.name FROM project_tags AS pt JOIN tags AS t ON t.id = pt.tag_id
        WHERE pt.project_id = p.id ORDER BY t.name
    ) AS tags,
    p.votes, p.comments, p.badges, p.proof_score, p.created_at
FROM scored AS p
JOIN users AS u ON u.id = p.owner_id
WHERE (p.score, p.id) < ((SELECT last.score FROM scored AS last WHERE last.id = %(after)s), %(after)s)
ORDER BY p.score DESC, p.id DESC
LIMIT %(limit)s
