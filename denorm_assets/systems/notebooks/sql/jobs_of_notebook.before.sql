SELECT j.id::uuid AS uid, j.kind, j.status, u.name AS starter, j.created_at
FROM jobs AS j
JOIN users AS u ON u.id = j.user_id AND coalesce(u.deleted_at > 'infinity', true)
WHERE j.notebook_id = %(notebook)s AND coalesce(j.deleted_at > 'infinity', true)
ORDER BY j.created_at DESC, j.id DESC
LIMIT %(limit)s
