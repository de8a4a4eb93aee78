SELECT d.id::uuid AS uid, d.title, d.bytes
FROM documents AS d
WHERE d.notebook_id = %(notebook)s AND coalesce(d.deleted_at > 'infinity', true)
ORDER BY d.title, d.id
LIMIT %(limit)s
