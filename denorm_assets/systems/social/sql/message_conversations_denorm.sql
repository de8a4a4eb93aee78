-- A conversation as each of its participants sees it in the list: with whom, the last message, and how much is unread.
SELECT c.id AS conversation_id, cp.user_id, c.title, c.created_at,
    (
        SELECT coalesce(string_agg(u.username, ', ' ORDER BY u.username), '')
        FROM conversation_participants AS other
        JOIN users AS u ON u.id = other.user_id
        WHERE other.conversation_id = c.id AND other.user_id <> cp.user_id
    ) AS others,
    counted.messages, counted.unread, last.id AS last_message_id, last.sender_id AS last_sender_id,
    last.body AS last_body, coalesce(last.created_at, c.created_at) AS last_message_at
FROM conversations AS c
JOIN conversation_participants AS cp ON cp.conversation_id = c.id
CROSS JOIN LATERAL (
    SELECT count(*) AS messages, count(*) FILTER (
        WHERE m.sender_id <> cp.user_id AND (cp.last_read_at IS NULL OR m.created_at > cp.last_read_at)
    ) AS unread
    FROM messages AS m WHERE m.conversation_id = c.id
) AS counted
LEFT JOIN LATERAL (
    SELECT m.id, m.sender_id, m.body, m.created_at
    FROM messages AS m WHERE m.conversation_id = c.id
    ORDER BY m.created_at DESC, m.id DESC LIMIT 1
) AS last ON true
