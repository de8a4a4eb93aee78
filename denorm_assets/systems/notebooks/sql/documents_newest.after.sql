SELECT d.uid, d.title, s.title AS source, s.kind, d.created_at
FROM documents AS d
JOIN sources AS s ON s.uid = d.source_uid AND s.deleted_at IS NULL
WHERE d.notebook_uid = %(notebook)s AND d.deleted_at IS NULL
ORDER BY d.created_at DESC, d.uid DESC
LIMIT %(limit)s
