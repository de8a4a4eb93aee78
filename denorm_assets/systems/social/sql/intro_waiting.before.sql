SELECT u.id, u.username, count(r.id) FILTER (WHERE r.status = 'pending') AS received_pending
FROM users AS u
LEFT JOIN intro_requests AS r ON r.recipient_id = u.id
GROUP BY u.id
HAVING count(r.id) FILTER (WHERE r.status = 'pending') > 0
ORDER BY received_pending DESC, u.id DESC
LIMIT %(limit)s
