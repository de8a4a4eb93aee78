-- All that a project's page shows above its comments, whatever the project's status.
SELECT p.id, p.slug, p.title, p.tagline, p.description, p.category, p.status, p.seeks_team, p.quality, p.owner_id,
    u.username AS owner, u.display_name AS owner_name, p.created_at, p.updated_at,
    coalesce(tagged.names, '{}') AS tags, voted.upvotes, voted.downvotes, discussed.comments,
    discussed.last_at AS last_comment_at, awarded.badges, awarded.gold, awarded.weight AS badge_weight, linked.chains,
    p.quality + 2 * (voted.upvotes - voted.downvotes) + discussed.comments + 5 * awarded.weight AS proof_score
FROM projects AS p
JOIN users AS u ON u.id = p.owner_id
CROSS JOIN LATERAL (
    SELECT array_agg(t.name ORDER BY t.name) AS names
    FROM project_tags AS pt JOIN tags AS t ON t.id = pt.tag_id WHERE pt.project_id = p.id
) AS tagged
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE v.value > 0) AS upvotes, count(*) FILTER (WHERE v.value < 0) AS downvotes
    FROM votes AS v WHERE v.project_id = p.id
) AS voted
CROSS JOIN LATERAL (
    SELECT count(*) AS comments, max(c.created_at) AS last_at FROM comments AS c WHERE c.project_id = p.id
) AS discussed
CROSS JOIN LATERAL (
    SELECT count(*) AS badges, count(*) FILTER (WHERE b.kind = 'gold') AS gold, coalesce(sum(b.weight), 0) AS weight
    FROM badges AS b WHERE b.project_id = p.id
) AS awarded
CROSS JOIN LATERAL (
    SELECT count(*) AS chains FROM chain_projects AS cp WHERE cp.project_id = p.id
) AS linked
