SELECT o.uid, o.title, o.body, n.title AS notebook, o.updated_at
FROM notes AS o
JOIN notebooks AS n ON n.uid = o.notebook_uid AND n.deleted_at IS NULL
WHERE to_tsvector('simple', o.title || ' ' || o.body) @@ plainto_tsquery('simple', %(words)s) AND o.deleted_at IS NULL
ORDER BY o.updated_at DESC, o.uid DESC
LIMIT %(limit)s
