SELECT m.id::uuid AS uid, m.tokens, m.body, c.title AS conversation
FROM messages AS m
JOIN conversations AS c ON c.id = m.conversation_id AND coalesce(c.deleted_at > 'infinity', true)
WHERE m.role = 'assistant' AND coalesce(m.deleted_at > 'infinity', true)
ORDER BY m.tokens DESC, m.id DESC
LIMIT %(limit)s
