SELECT c.id::uuid AS uid, c.title, n.title AS notebook, c.updated_at
FROM conversations AS c
JOIN notebooks AS n ON n.id = c.notebook_id AND coalesce(n.deleted_at > 'infinity', true)
WHERE c.user_id = %(user)s AND coalesce(c.deleted_at > 'infinity', true)
ORDER BY c.updated_at DESC, c.id DESC
LIMIT %(limit)s
