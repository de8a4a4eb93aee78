SELECT e.uid, e.kind, e.quantity, e.created_at
FROM usage_events AS e
WHERE e.user_uid = %(user)s AND e.deleted_at IS NULL
ORDER BY e.created_at DESC, e.uid DESC
LIMIT %(limit)s
