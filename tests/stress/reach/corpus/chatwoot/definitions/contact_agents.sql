-- key: contact_id, user_id
-- seen: https://github.com/chatwoot/chatwoot/blob/develop/app/models/concerns/access_token_able.rb
-- large: contacts, conversations, messages, users
SELECT c.id AS contact_id, u.id AS user_id, u.name
FROM contacts c, users u
WHERE EXISTS (
    SELECT 1 FROM conversations v JOIN messages m ON m.conversation_id = v.id AND m.sender_type = 'User'
    WHERE v.contact_id = c.id AND m.sender_id = u.id AND m.private = false
)
