SELECT m.conversation_id, m.title, m.others, m.unread, m.last_body, m.last_message_at
FROM message_conversations_denorm AS m
WHERE m.user_id = %(user)s
ORDER BY m.last_message_at DESC, m.conversation_id DESC
LIMIT %(limit)s
