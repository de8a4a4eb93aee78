SELECT s.uid, s.title, n.title AS notebook, s.created_at
FROM sources AS s
JOIN notebooks AS n ON n.uid = s.notebook_uid AND n.deleted_at IS NULL
WHERE s.uri = %(address)s AND s.deleted_at IS NULL
ORDER BY s.created_at, s.uid
LIMIT %(limit)s
