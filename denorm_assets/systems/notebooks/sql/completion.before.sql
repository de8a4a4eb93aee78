SELECT found.kind, found.id::uuid AS uid, found.name
FROM (
    (
        SELECT 'notebook' AS kind, n.id, n.title AS name FROM notebooks AS n
        WHERE lower(n.title) LIKE lower(%(prefix)s) || '%%' AND coalesce(n.deleted_at > 'infinity', true)
        ORDER BY lower(n.title) USING ~<~, n.id LIMIT %(limit)s
    )
    UNION ALL
    (
        SELECT 'tag', t.id, t.name FROM tags AS t
        WHERE lower(t.name) LIKE lower(%(prefix)s) || '%%' AND coalesce(t.deleted_at > 'infinity', true)
        ORDER BY lower(t.name) USING ~<~, t.id LIMIT %(limit)s
    )
    UNION ALL
    (
        SELECT 'user', u.id, u.name FROM users AS u
        WHERE lower(u.name) LIKE lower(%(prefix)s) || '%%' AND coalesce(u.deleted_at > 'infinity', true)
        ORDER BY lower(u.name) USING ~<~, u.id LIMIT %(limit)s
    )
) AS found
ORDER BY found.kind, lower(found.name) USING ~<~, found.id
