SELECT ch.id, ch.slug, ch.name, u.username AS owner, links.projects, voted.votes, followed.followers,
    coalesce(links.last_added_at, ch.created_at) AS last_added_at
FROM (
    SELECT * FROM chains AS ch
    ORDER BY ch.created_at DESC, ch.id DESC
    LIMIT %(limit)s
) AS ch
JOIN users AS u ON u.id = ch.owner_id
CROSS JOIN LATERAL (
    SELECT count(*) AS projects, max(cp.created_at) AS last_added_at
    FROM chain_projects AS cp JOIN projects AS p ON p.id = cp.project_id
    WHERE cp.chain_id = ch.id AND p.status = 'published'
) AS links
CROSS JOIN LATERAL (
    SELECT coalesce(sum(v.value), 0) AS votes
    FROM chain_projects AS cp
    JOIN projects AS p ON p.id = cp.project_id
    JOIN votes AS v ON v.project_id = p.id
    WHERE cp.chain_id = ch.id AND p.status = 'published'
) AS voted
CROSS JOIN LATERAL (SELECT count(*) AS followers FROM chain_followers AS f WHERE f.chain_id = ch.id) AS followed
ORDER BY ch.created_at DESC, ch.id DESC
