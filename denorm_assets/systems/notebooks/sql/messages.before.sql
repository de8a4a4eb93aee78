SELECT m.id::uuid AS uid, m.role, m.body, m.tokens, m.created_at
FROM messages AS m
WHERE m.conversation_id = %(conversation)s AND coalesce(m.deleted_at > 'infinity', true)
ORDER BY m.created_at, m.id
LIMIT %(limit)s
