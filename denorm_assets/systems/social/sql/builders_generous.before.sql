SELECT u.id, u.username, count(v.id) AS votes_given
FROM users AS u
LEFT JOIN votes AS v ON v.user_id = u.id
GROUP BY u.id
ORDER BY votes_given DESC, u.id DESC
LIMIT %(limit)s
