SELECT u.id, u.username, s.votes_given
FROM user_dashboard_stats AS s
JOIN users AS u ON u.id = s.user_id
ORDER BY s.votes_given DESC, s.user_id DESC
LIMIT %(limit)s
