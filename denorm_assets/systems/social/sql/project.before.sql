SELECT p.id, p.slug, p.title, p.tagline, p.description, u.username AS owner,
    u.display_name AS owner_name,
    ARRAY(
        SELECT t.name FROM project_tags AS pt JOIN tags AS t ON t.id = pt.tag_id
        WHERE pt.project_id = p.id ORDER BY t.name
    ) AS tags,
    (SELECT count(*) FROM votes AS pv WHERE pv.project_id = p.id AND pv.value > 0) AS upvotes,
    (SELECT count(*) FROM comments AS pc WHERE pc.project_id = p.id) AS comments,
    (SELECT count(*) FROM votes AS v WHERE v.project_id = p.id AND v.value < 0) AS downvotes,
    (SELECT count(*) FROM badges AS b WHERE b.project_id = p.id) AS badges,
    (SELECT count(*) FROM chain_projects AS cp WHERE cp.project_id = p.id) AS chains
FROM projects AS p
JOIN users AS u ON u.id = p.owner_id
WHERE p.slug = %(slug)s
