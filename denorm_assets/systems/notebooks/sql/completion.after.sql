SELECT found.kind, found.uid, found.name
FROM (
    (
        SELECT 'notebook' AS kind, n.uid, n.title AS name FROM notebooks AS n
        WHERE lower(n.title) LIKE lower(%(prefix)s) || '%%' AND n.deleted_at IS NULL
        ORDER BY lower(n.title) USING ~<~, n.uid LIMIT %(limit)s
    )
    UNION ALL
    (
        SELECT 'tag', t.uid, t.name FROM tags AS t
        WHERE lower(t.name) LIKE lower(%(prefix)s) || '%%' AND t.deleted_at IS NULL
        ORDER BY lower(t.name) USING ~<~, t.uid LIMIT %(limit)s
    )
    UNION ALL
    (
        SELECT 'user', u.uid, u.name FROM users AS u
        WHERE lower(u.name) LIKE lower(%(prefix)s) || '%%' AND u.deleted_at IS NULL
        ORDER BY lower(u.name) USING ~<~, u.uid LIMIT %(limit)s
    )
) AS found
ORDER BY found.kind, lower(found.name) USING ~<~, found.uid
