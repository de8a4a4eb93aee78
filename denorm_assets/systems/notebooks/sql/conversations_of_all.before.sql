SELECT c.id::uuid AS uid, c.title, u.name AS speaker, c.updated_at
FROM conversations AS c
JOIN users AS u ON u.id = c.user_id AND coalesce(u.deleted_at > 'infinity', true)
WHERE c.notebook_id = %(notebook)s AND coalesce(c.deleted_at > 'infinity', true)
ORDER BY c.updated_at DESC, c.id DESC
LIMIT %(limit)s
