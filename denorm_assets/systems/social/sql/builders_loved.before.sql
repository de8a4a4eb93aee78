SELECT u.id, u.username, coalesce(sum(v.value), 0) AS votes_received
FROM users AS u
LEFT JOIN projects AS p ON p.owner_id = u.id
LEFT JOIN votes AS v ON v.project_id = p.id
GROUP BY u.id
ORDER BY votes_received DESC, u.id DESC
LIMIT %(limit)s
