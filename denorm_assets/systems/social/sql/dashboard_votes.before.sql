SELECT v.id, v.value, v.created_at, p.slug, p.title, u.username AS owner,
    ARRAY(
        SELECT t.name FROM project_tags AS pt JOIN tags AS t ON t.id = pt.tag_id
        WHERE pt.project_id = p.id ORDER BY t.name
    ) AS tags,
    (SELECT count(*) FROM votes AS pv WHERE pv.project_id = p.id AND pv.value > 0) AS upvotes,
    (SELECT count(*) FROM comments AS pc WHERE pc.project_id = p.id) AS comments,
    (SELECT count(*) FROM badges AS pb WHERE pb.project_id = p.id) AS badges,
    (SELECT count(*) FROM chain_projects AS pl WHERE pl.project_id = p.id) AS chains
FROM votes AS v
JOIN projects AS p ON p.id = v.project_id
JOIN users AS u ON u.id = p.owner_id
WHERE v.user_id = %(user)s
ORDER BY v.created_at DESC, v.id DESC
LIMIT %(limit)s
