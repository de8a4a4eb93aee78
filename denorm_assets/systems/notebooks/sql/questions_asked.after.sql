SELECT m.uid, m.body, m.created_at
FROM messages AS m
WHERE m.conversation_uid = %(conversation)s AND m.role = 'user' AND m.deleted_at IS NULL
ORDER BY m.created_at DESC, m.uid DESC
LIMIT %(limit)s
