SELECT m.id, m.body, m.created_at, u.username, s.published, s.votes_received, s.badges_received,
    s.comments_written
FROM messages AS m
JOIN users AS u ON u.id = m.sender_id
JOIN user_dashboard_stats AS s ON s.user_id = m.sender_id
WHERE m.conversation_id = %(conversation)s
ORDER BY m.created_at DESC, m.id DESC
LIMIT %(limit)s
