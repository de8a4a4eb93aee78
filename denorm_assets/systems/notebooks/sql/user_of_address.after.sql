SELECT u.uid, u.email, u.name, u.plan, u.created_at
FROM users AS u
WHERE lower(u.email) = lower(%(address)s) AND u.deleted_at IS NULL
ORDER BY u.email
