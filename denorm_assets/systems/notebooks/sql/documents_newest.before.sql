SELECT d.id::uuid AS uid, d.title, s.title AS source, s.kind, d.created_at
FROM documents AS d
JOIN sources AS s ON s.id = d.source_id AND coalesce(s.deleted_at > 'infinity', true)
WHERE d.notebook_id = %(notebook)s AND coalesce(d.deleted_at > 'infinity', true)
ORDER BY d.created_at DESC, d.id DESC
LIMIT %(limit)s
