SELECT u.id::uuid AS uid, u.name, u.email, u.created_at
FROM users AS u
WHERE u.plan = %(plan)s AND coalesce(u.deleted_at > 'infinity', true)
ORDER BY u.created_at DESC, u.id DESC
LIMIT %(limit)s
