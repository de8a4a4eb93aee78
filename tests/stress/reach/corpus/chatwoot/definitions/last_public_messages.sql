-- key: conversation_id
-- seen: https://github.com/chatwoot/chatwoot/blob/develop/app/models/conversation.rb
-- large: messages, conversations
SELECT v.id AS conversation_id, v.status, m.id AS message_id, m.sender_type, left(m.content, 12) AS preview
FROM conversations v
JOIN messages m ON m.id = (SELECT x.id FROM messages x WHERE x.conversation_id = v.id AND NOT x.private ORDER BY x.created_at DESC, x.id DESC LIMIT 1)
