SELECT d.uid, d.title, d.bytes, d.created_at
FROM documents AS d
WHERE d.source_uid = %(source)s AND d.deleted_at IS NULL
ORDER BY d.created_at, d.uid
LIMIT %(limit)s
