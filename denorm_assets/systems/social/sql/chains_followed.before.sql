SELECT ch.id, ch.slug, ch.name, u.username AS owner, coalesce(links.projects, 0) AS projects,
    coalesce(links.votes, 0) AS votes, coalesce(followed.followers, 0) AS followers,
    coalesce(links.last_added_at, ch.created_at) AS last_added_at
FROM chains AS ch
JOIN users AS u ON u.id = ch.owner_id
LEFT JOIN (
    SELECT cp.chain_id, count(*) AS projects, max(cp.created_at) AS last_added_at, sum(voted.votes)::bigint AS votes
    FROM chain_projects AS cp
    JOIN projects AS p ON p.id = cp.project_id AND p.status = 'published'
    LEFT JOIN (SELECT project_id, sum(value) AS votes FROM votes GROUP BY project_id) AS voted
        ON voted.project_id = p.id
    GROUP BY cp.chain_id
) AS links ON links.chain_id = ch.id
LEFT JOIN (
    SELECT chain_id, count(*) AS followers FROM chain_followers GROUP BY chain_id
) AS followed ON followed.chain_id = ch.id
ORDER BY followers DESC, ch.id DESC
LIMIT %(limit)s
