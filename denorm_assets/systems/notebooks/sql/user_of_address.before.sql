SELECT u.id::uuid AS uid, u.email, u.name, u.plan, u.created_at
FROM users AS u
WHERE lower(u.email) = lower(%(address)s) AND coalesce(u.deleted_at > 'infinity', true)
ORDER BY u.email
