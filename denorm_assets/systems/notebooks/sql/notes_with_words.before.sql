SELECT o.id::uuid AS uid, o.title, o.body, n.title AS notebook, o.updated_at
FROM notes AS o
JOIN notebooks AS n ON n.id = o.notebook_id AND coalesce(n.deleted_at > 'infinity', true)
WHERE to_tsvector('simple', o.title || ' ' || o.body) @@ plainto_tsquery('simple', %(words)s)
    AND coalesce(o.deleted_at > 'infinity', true)
ORDER BY o.updated_at DESC, o.id DESC
LIMIT %(limit)s
