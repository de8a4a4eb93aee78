SELECT s.conversation_uid AS uid, s.title, n.title AS notebook, s.messages, s.tokens, s.last_message_at
FROM conversation_summaries AS s
JOIN notebooks AS n ON n.uid = s.notebook_uid AND n.deleted_at IS NULL
WHERE s.user_uid = %(user)s
ORDER BY s.last_message_at DESC, s.conversation_uid DESC
LIMIT %(limit)s
