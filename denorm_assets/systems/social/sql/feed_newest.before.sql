SELECT p.id, p.title, p.tagline, u.username AS owner,
    ARRAY(
        SELECT t.name FROM project_tags AS pt JOIN tags AS t ON t.id = pt.tag_id
        WHERE pt.project_id = p.id ORDER BY t.name
    ) AS tags,
    coalesce(voted.votes, 0) AS votes, coalesce(discussed.comments, 0) AS comments,
    coalesce(awarded.badges, 0) AS badges,
    p.quality + 2 * coalesce(voted.votes, 0) + coalesce(discussed.comments, 0) + 5 * coalesce(awarded.weight, 0)
        AS proof_score,
    p.created_at
FROM (
    SELECT p.* FROM projects AS p
    WHERE p.status = 'published'
    ORDER BY p.created_at DESC, p.id DESC LIMIT %(limit)s
) AS p
JOIN users AS u ON u.id = p.owner_id
CROSS JOIN LATERAL (SELECT sum(v.value) AS votes FROM votes AS v WHERE v.project_id = p.id) AS voted
CROSS JOIN LATERAL (SELECT count(*) AS comments FROM comments AS c WHERE c.project_id = p.id) AS discussed
CROSS JOIN LATERAL (
    SELECT count(*) AS badges, sum(b.weight) AS weight FROM badges AS b WHERE b.project_id = p.id
) AS awarded
ORDER BY p.created_at DESC, p.id DESC
