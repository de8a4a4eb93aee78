SELECT s.uid, s.title, s.uri, s.status, s.created_at
FROM sources AS s
WHERE s.notebook_uid = %(notebook)s AND s.kind = %(kind)s AND s.deleted_at IS NULL
ORDER BY s.created_at DESC, s.uid DESC
LIMIT %(limit)s
