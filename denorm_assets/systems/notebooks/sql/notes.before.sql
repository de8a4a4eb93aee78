SELECT o.id::uuid AS uid, o.title, o.body, o.pinned, u.name AS writer, o.updated_at
FROM notes AS o
JOIN users AS u ON u.id = o.user_id AND coalesce(u.deleted_at > 'infinity', true)
WHERE o.notebook_id = %(notebook)s AND coalesce(o.deleted_at > 'infinity', true)
ORDER BY o.updated_at DESC, o.id DESC
LIMIT %(limit)s
