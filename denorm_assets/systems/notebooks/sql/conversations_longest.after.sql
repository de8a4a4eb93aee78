SELECT s.conversation_uid AS uid, s.title, s.messages, s.tokens, s.last_message_at
FROM conversation_summaries AS s
ORDER BY s.tokens DESC, s.conversation_uid DESC
LIMIT %(limit)s
