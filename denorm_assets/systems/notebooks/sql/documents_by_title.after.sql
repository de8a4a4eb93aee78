SELECT d.uid, d.title, d.bytes
FROM documents AS d
WHERE d.notebook_uid = %(notebook)s AND d.deleted_at IS NULL
ORDER BY d.title, d.uid
LIMIT %(limit)s
