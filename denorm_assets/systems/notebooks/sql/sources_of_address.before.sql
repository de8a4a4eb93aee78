SELECT s.id::uuid AS uid, s.title, n.title AS notebook, s.created_at
FROM sources AS s
JOIN notebooks AS n ON n.id = s.notebook_id AND coalesce(n.deleted_at > 'infinity', true)
WHERE s.uri = %(address)s AND coalesce(s.deleted_at > 'infinity', true)
ORDER BY s.created_at, s.id
LIMIT %(limit)s
