SELECT row_number() OVER (ORDER BY s.score DESC, s.id) AS place, s.id AS project_id, s.slug,
    s.title, u.username AS owner, s.score, s.votes
FROM (
    SELECT p.id, p.slug, p.title, p.owner_id,
        p.quality + 2 * coalesce(voted.votes, 0) + coalesce(discussed.comments, 0) + 5 * coalesce(awarded.weight, 0)
            AS score,
        coalesce(voted.votes, 0) AS votes
    FROM projects AS p
    LEFT JOIN (SELECT project_id, sum(value) AS votes FROM votes GROUP BY project_id) AS voted
        ON voted.project_id = p.id
    LEFT JOIN (SELECT project_id, count(*) AS comments FROM comments GROUP BY project_id) AS discussed
        ON discussed.project_id = p.id
    LEFT JOIN (
        SELECT project_id, count(*) AS badges, sum(weight) AS weight FROM badges GROUP BY project_id
    ) AS awarded ON awarded.project_id = p.id
    WHERE p.status = 'published'
) AS s
JOIN users AS u ON u.id = s.owner_id
ORDER BY s.score DESC, s.id
LIMIT %(limit)s
