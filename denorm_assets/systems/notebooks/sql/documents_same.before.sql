SELECT d.id::uuid AS uid, d.title, d.bytes, s.title AS source, n.title AS notebook
FROM documents AS d
JOIN sources AS s ON s.id = d.source_id AND coalesce(s.deleted_at > 'infinity', true)
JOIN notebooks AS n ON n.id = d.notebook_id AND coalesce(n.deleted_at > 'infinity', true)
WHERE d.hash = %(hash)s AND coalesce(d.deleted_at > 'infinity', true)
ORDER BY d.created_at, d.id
LIMIT %(limit)s
