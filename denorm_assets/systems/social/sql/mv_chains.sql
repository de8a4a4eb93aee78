-- Chains with what their projects have gathered; drafts and hidden projects do not count.
SELECT ch.id, ch.slug, ch.name, ch.description, ch.owner_id, u.username AS owner, ch.created_at,
    links.projects, voted.votes, followed.followers, coalesce(links.last_added_at, ch.created_at) AS last_added_at,
    first.title AS first_title
FROM chains AS ch
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
CROSS JOIN LATERAL (
    SELECT count(*) AS followers FROM chain_followers AS f WHERE f.chain_id = ch.id
) AS followed
LEFT JOIN LATERAL (
    SELECT p.title
    FROM chain_projects AS cp JOIN projects AS p ON p.id = cp.project_id
    WHERE cp.chain_id = ch.id AND p.status = 'published'
    ORDER BY cp.position, p.id LIMIT 1
) AS first ON true
