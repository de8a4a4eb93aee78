SELECT d.id::uuid AS uid, d.title, d.bytes
FROM documents AS d
WHERE d.notebook_id = %(notebook)s AND coalesce(d.deleted_at > 'infinity', true)
ORDER BY d.bytes DESC, d.id DESC
LIMIT %(limit)s
