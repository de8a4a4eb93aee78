SELECT c.id::uuid AS uid, c.title,
    coalesce(said.messages, 0) AS messages, coalesce(said.tokens, 0) AS tokens,
    coalesce(said.last_at, c.created_at) AS last_message_at
FROM conversations AS c
LEFT JOIN (
    SELECT m.conversation_id, count(*) AS messages, sum(m.tokens) AS tokens, max(m.created_at) AS last_at
    FROM messages AS m WHERE coalesce(m.deleted_at > 'infinity', true) GROUP BY m.conversation_id
) AS said ON said.conversation_id = c.id
WHERE coalesce(c.deleted_at > 'infinity', true)
ORDER BY tokens DESC, c.id DESC
LIMIT %(limit)s
