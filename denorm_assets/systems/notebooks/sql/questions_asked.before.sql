SELECT m.id::uuid AS uid, m.body, m.created_at
FROM messages AS m
WHERE m.conversation_id = %(conversation)s AND m.role = 'user' AND coalesce(m.deleted_at > 'infinity', true)
ORDER BY m.created_at DESC, m.id DESC
LIMIT %(limit)s
