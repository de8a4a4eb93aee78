SELECT cp.position, d.id, d.slug, d.title, d.owner, d.tags, d.upvotes, d.comments, d.badges, d.chains
FROM chain_projects AS cp
JOIN mv_project_details AS d ON d.id = cp.project_id
WHERE cp.chain_id = %(chain)s AND d.status = 'published'
ORDER BY cp.position, cp.project_id
LIMIT %(limit)s
