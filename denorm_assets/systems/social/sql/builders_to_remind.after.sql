SELECT u.id, u.username, s.unread_messages
FROM user_dashboard_stats AS s
JOIN users AS u ON u.id = s.user_id
WHERE s.unread_messages > 0
ORDER BY s.unread_messages DESC, s.user_id DESC
LIMIT %(limit)s
