SELECT p.id, p.slug, p.title, p.status,
    ARRAY(
        SELECT t.name FROM project_tags AS pt JOIN tags AS t ON t.id = pt.tag_id
        WHERE pt.project_id = p.id ORDER BY t.name
    ) AS tags,
    (SELECT count(*) FROM votes AS pv WHERE pv.project_id = p.id AND pv.value > 0) AS upvotes,
    (SELECT count(*) FROM comments AS pc WHERE pc.project_id = p.id) AS comments,
    (SELECT count(*) FROM badges AS pb WHERE pb.project_id = p.id) AS badges,
    (SELECT count(*) FROM chain_projects AS pl WHERE pl.project_id = p.id) AS chains,
    (SELECT max(c.created_at) FROM comments AS c WHERE c.project_id = p.id) AS last_comment_at
FROM projects AS p
WHERE p.owner_id = %(user)s
ORDER BY p.created_at DESC, p.id DESC
LIMIT %(limit)s
