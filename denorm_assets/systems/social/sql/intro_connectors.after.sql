SELECT u.id, u.username, s.received_accepted
FROM intro_request_stats AS s
JOIN users AS u ON u.id = s.user_id
ORDER BY s.received_accepted DESC, s.user_id DESC
LIMIT %(limit)s
