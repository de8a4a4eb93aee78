SELECT u.id, u.username,
    greatest(u.created_at, own.last_at, given.last_at, written.last_at) AS last_activity_at
FROM users AS u
LEFT JOIN (
    SELECT owner_id, max(created_at) AS last_at FROM projects GROUP BY owner_id
) AS own ON own.owner_id = u.id
LEFT JOIN (SELECT user_id, max(created_at) AS last_at FROM votes GROUP BY user_id) AS given ON given.user_id = u.id
LEFT JOIN (
    SELECT user_id, max(created_at) AS last_at FROM comments GROUP BY user_id
) AS written ON written.user_id = u.id
ORDER BY last_activity_at DESC, u.id DESC
LIMIT %(limit)s
