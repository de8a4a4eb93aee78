SELECT d.id::uuid AS uid, d.title, d.bytes, d.created_at
FROM documents AS d
WHERE d.source_id = %(source)s AND coalesce(d.deleted_at > 'infinity', true)
ORDER BY d.created_at, d.id
LIMIT %(limit)s
