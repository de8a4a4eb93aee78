SELECT t.id::uuid AS uid, t.name, t.created_at
FROM tags AS t
WHERE t.owner_id = %(user)s AND coalesce(t.deleted_at > 'infinity', true)
ORDER BY t.created_at DESC, t.id DESC
LIMIT %(limit)s
