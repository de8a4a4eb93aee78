-- key: conversation_id, sender
-- seen: https://github.com/chatwoot/chatwoot/blob/develop/app/models/message.rb
-- large: messages
SELECT m.conversation_id, coalesce(u.name, c.name, b.name, 'system') AS sender, count(*) AS messages, max(m.created_at) AS last_at
FROM messages m
LEFT JOIN users u ON m.sender_type = 'User' AND m.sender_id = u.id
LEFT JOIN contacts c ON m.sender_type = 'Contact' AND m.sender_id = c.id
LEFT JOIN agent_bots b ON m.sender_type = 'AgentBot' AND m.sender_id = b.id
WHERE NOT m.private
GROUP BY m.conversation_id, coalesce(u.name, c.name, b.name, 'system')
