SELECT u.uid, u.name, u.email, u.created_at
FROM users AS u
WHERE u.plan = %(plan)s AND u.deleted_at IS NULL
ORDER BY u.created_at DESC, u.uid DESC
LIMIT %(limit)s
