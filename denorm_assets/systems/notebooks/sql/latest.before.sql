SELECT done.kind, done.id::uuid AS uid, done.at
FROM (
    (
        SELECT 'user' AS kind, u.id, u.created_at AS at FROM users AS u
        WHERE coalesce(u.deleted_at > 'infinity', true) ORDER BY u.created_at DESC, u.id DESC LIMIT %(limit)s
    )
    UNION ALL
    (
        SELECT 'notebook', n.id, n.updated_at FROM notebooks AS n
        WHERE coalesce(n.deleted_at > 'infinity', true) ORDER BY n.updated_at DESC, n.id DESC LIMIT %(limit)s
    )
    UNION ALL
    (
        SELECT 'conversation', c.id, c.updated_at FROM conversations AS c
        WHERE coalesce(c.deleted_at > 'infinity', true) ORDER BY c.updated_at DESC, c.id DESC LIMIT %(limit)s
    )
    UNION ALL
    (
        SELECT 'message', m.id, m.created_at FROM messages AS m
        WHERE coalesce(m.deleted_at > 'infinity', true) ORDER BY m.created_at DESC, m.id DESC LIMIT %(limit)s
    )
    UNION ALL
    (
        SELECT 'chunk', k.id, k.created_at FROM chunks AS k
        WHERE coalesce(k.deleted_at > 'infinity', true) ORDER BY k.created_at DESC, k.id DESC LIMIT %(limit)s
    )
) AS done
ORDER BY done.at DESC, done.kind, done.id DESC
LIMIT %(limit)s
