SELECT n.id::uuid AS uid, n.title, u.name AS owner, h.role, h.created_at AS shared_at
FROM shares AS h
JOIN notebooks AS n ON n.id = h.notebook_id AND coalesce(n.deleted_at > 'infinity', true)
JOIN users AS u ON u.id = n.owner_id AND coalesce(u.deleted_at > 'infinity', true)
WHERE h.user_id = %(user)s AND coalesce(h.deleted_at > 'infinity', true)
ORDER BY h.created_at DESC, h.id DESC
LIMIT %(limit)s
