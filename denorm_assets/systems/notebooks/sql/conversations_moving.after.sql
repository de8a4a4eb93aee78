SELECT s.conversation_uid AS uid, s.title, u.name AS speaker, s.messages, s.tokens, s.last_message_at
FROM conversation_summaries AS s
JOIN users AS u ON u.uid = s.user_uid AND u.deleted_at IS NULL
WHERE s.notebook_uid = %(notebook)s
ORDER BY s.last_message_at DESC, s.conversation_uid DESC
LIMIT %(limit)s
