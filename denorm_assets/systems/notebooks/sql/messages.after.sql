SELECT m.uid, m.role, m.body, m.tokens, m.created_at
FROM messages AS m
WHERE m.conversation_uid = %(conversation)s AND m.deleted_at IS NULL
ORDER BY m.created_at, m.uid
LIMIT %(limit)s
