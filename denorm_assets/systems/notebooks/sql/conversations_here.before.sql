SELECT c.id::uuid AS uid, c.title, c.updated_at
FROM conversations AS c
WHERE c.user_id = %(user)s AND c.notebook_id = %(notebook)s AND coalesce(c.deleted_at > 'infinity', true)
ORDER BY c.updated_at DESC, c.id DESC
LIMIT %(limit)s
