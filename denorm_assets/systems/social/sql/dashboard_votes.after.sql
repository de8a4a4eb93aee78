SELECT v.id, v.value, v.created_at, d.slug, d.title, d.owner, d.tags, d.upvotes, d.comments,
    d.badges, d.chains
FROM votes AS v
JOIN mv_project_details AS d ON d.id = v.project_id
WHERE v.user_id = %(user)s
ORDER BY v.created_at DESC, v.id DESC
LIMIT %(limit)s
