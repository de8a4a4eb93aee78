SELECT c.id AS conversation_id, c.title, names.others, counted.unread, last.body AS last_body,
    coalesce(last.created_at, c.created_at) AS last_message_at
FROM conversation_participants AS cp
JOIN conversations AS c ON c.id = cp.conversation_id
CROSS JOIN LATERAL (
    SELECT coalesce(string_agg(u.username, ', ' ORDER BY u.username), '') AS others
    FROM conversation_participants AS other
    JOIN users AS u ON u.id = other.user_id
    WHERE other.conversation_id = c.id AND other.user_id <> cp.user_id
) AS names
CROSS JOIN LATERAL (
    SELECT count(*) AS unread FROM messages AS m
    WHERE m.conversation_id = c.id AND m.sender_id <> cp.user_id
        AND (cp.last_read_at IS NULL OR m.created_at > cp.last_read_at)
) AS counted
LEFT JOIN LATERAL (
    SELECT m.body, m.created_at FROM messages AS m
    WHERE m.conversation_id = c.id ORDER BY m.created_at DESC, m.id DESC LIMIT 1
) AS last ON true
WHERE cp.user_id = %(user)s AND counted.unread > 0
ORDER BY last_message_at DESC, c.id DESC
LIMIT %(limit)s
