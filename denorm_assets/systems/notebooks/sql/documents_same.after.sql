SELECT d.uid, d.title, d.bytes, s.title AS source, n.title AS notebook
FROM documents AS d
JOIN sources AS s ON s.uid = d.source_uid AND s.deleted_at IS NULL
JOIN notebooks AS n ON n.uid = d.notebook_uid AND n.deleted_at IS NULL
WHERE d.hash = %(hash)s AND d.deleted_at IS NULL
ORDER BY d.created_at, d.uid
LIMIT %(limit)s
