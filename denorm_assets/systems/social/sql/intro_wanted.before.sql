SELECT u.id, u.username, count(r.id) AS received
FROM users AS u
LEFT JOIN intro_requests AS r ON r.recipient_id = u.id
GROUP BY u.id
ORDER BY received DESC, u.id DESC
LIMIT %(limit)s
