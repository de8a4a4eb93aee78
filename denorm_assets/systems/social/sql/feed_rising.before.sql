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
FROM projects AS p
JOIN users AS u ON u.id = p.owner_id
LEFT JOIN (SELECT project_id, sum(value) AS votes FROM votes GROUP BY project_id) AS voted
    ON voted.project_id = p.id
LEFT JOIN (SELECT project_id, count(*) AS comments FROM comments GROUP BY project_id) AS discussed
    ON discussed.project_id = p.id
LEFT JOIN (
    SELECT project_id, count(*) AS badges, sum(weight) AS weight FROM badges GROUP BY project_id
) AS awarded ON awarded.project_id = p.id
JOIN (
    SELECT project_id, count(*) AS votes FROM votes
    WHERE created_at >= date_trunc('day', now(), 'UTC') - interval '168 hours' GROUP BY project_id
) AS recent ON recent.project_id = p.id
WHERE p.status = 'published'
ORDER BY recent.votes DESC, p.id DESC
LIMIT %(limit)s
