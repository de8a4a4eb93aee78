SELECT e.uid, e.quantity, u.name AS reader, e.created_at
FROM usage_events AS e
JOIN users AS u ON u.uid = e.user_uid AND u.deleted_at IS NULL
WHERE e.kind = %(kind)s AND e.deleted_at IS NULL
ORDER BY e.created_at DESC, e.uid DESC
LIMIT %(limit)s
