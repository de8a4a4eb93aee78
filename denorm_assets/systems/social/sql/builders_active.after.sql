SELECT u.id, u.username, s.last_activity_at
FROM user_dashboard_stats AS s
JOIN users AS u ON u.id = s.user_id
ORDER BY s.last_activity_at DESC, s.user_id DESC
LIMIT %(limit)s
