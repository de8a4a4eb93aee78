SELECT s.id::uuid AS uid, s.kind, s.title, s.uri, s.status, s.created_at
FROM sources AS s
WHERE s.notebook_id = %(notebook)s AND coalesce(s.deleted_at > 'infinity', true)
ORDER BY s.created_at DESC, s.id DESC
LIMIT %(limit)s
