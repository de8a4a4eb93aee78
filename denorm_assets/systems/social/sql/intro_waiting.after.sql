SELECT u.id, u.username, s.received_pending
FROM intro_request_stats AS s
JOIN users AS u ON u.id = s.user_id
WHERE s.received_pending > 0
ORDER BY s.received_pending DESC, s.user_id DESC
LIMIT %(limit)s
