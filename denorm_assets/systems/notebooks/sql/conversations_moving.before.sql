SELECT c.id::uuid AS uid, c.title, u.name AS speaker,
    coalesce(said.messages, 0) AS messages, coalesce(said.tokens, 0) AS tokens,
    coalesce(said.last_at, c.created_at) AS last_message_at
FROM conversations AS c
JOIN users AS u ON u.id = c.user_id AND coalesce(u.deleted_at > 'infinity', true)
LEFT JOIN (
    SELECT m.conversation_id, count(*) AS messages, sum(m.tokens) AS tokens, max(m.created_at) AS last_at
    FROM messages AS m
    WHERE m.conversation_id IN (SELECT id FROM conversations WHERE notebook_id = %(notebook)s)
        AND coalesce(m.deleted_at > 'infinity', true)
    GROUP BY m.conversation_id
) AS said ON said.conversation_id = c.id
WHERE c.notebook_id = %(notebook)s AND coalesce(c.deleted_at > 'infinity', true)
ORDER BY last_message_at DESC, c.id DESC
LIMIT %(limit)s
