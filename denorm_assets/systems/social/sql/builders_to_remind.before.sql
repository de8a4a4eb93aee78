SELECT u.id, u.username, count(*) AS unread_messages
FROM users AS u
JOIN conversation_participants AS cp ON cp.user_id = u.id
JOIN messages AS m ON m.conversation_id = cp.conversation_id
    AND m.sender_id <> u.id AND (cp.last_read_at IS NULL OR m.created_at > cp.last_read_at)
GROUP BY u.id
ORDER BY unread_messages DESC, u.id DESC
LIMIT %(limit)s
