SELECT m.uid, m.tokens, m.body, c.title AS conversation
FROM messages AS m
JOIN conversations AS c ON c.uid = m.conversation_uid AND c.deleted_at IS NULL
WHERE m.role = 'assistant' AND m.deleted_at IS NULL
ORDER BY m.tokens DESC, m.uid DESC
LIMIT %(limit)s
