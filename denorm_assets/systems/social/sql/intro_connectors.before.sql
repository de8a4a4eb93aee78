SELECT u.id, u.username, count(r.id) FILTER (WHERE r.status = 'accepted') AS received_accepted
FROM users AS u
LEFT JOIN intro_requests AS r ON r.recipient_id = u.id
GROUP BY u.id
ORDER BY received_accepted DESC, u.id DESC
LIMIT %(limit)s
