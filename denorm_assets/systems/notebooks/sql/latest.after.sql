SELECT done.kind, done.uid, done.at
FROM (
    (
        SELECT 'user' AS kind, u.uid, u.created_at AS at FROM users AS u
        WHERE u.deleted_at IS NULL ORDER BY u.created_at DESC, u.uid DESC LIMIT %(limit)s
    )
    UNION ALL
    (
        SELECT 'notebook', n.uid, n.updated_at FROM notebooks AS n
        WHERE n.deleted_at IS NULL ORDER BY n.updated_at DESC, n.uid DESC LIMIT %(limit)s
    )
    UNION ALL
    (
        SELECT 'conversation', c.uid, c.updated_at FROM conversations AS c
        WHERE c.deleted_at IS NULL ORDER BY c.updated_at DESC, c.uid DESC LIMIT %(limit)s
    )
    UNION ALL
    (
        SELECT 'message', m.uid, m.created_at FROM messages AS m
        WHERE m.deleted_at IS NULL ORDER BY m.created_at DESC, m.uid DESC LIMIT %(limit)s
    )
    UNION ALL
    (
        SELECT 'chunk', k.uid, k.created_at FROM chunks AS k
        WHERE k.deleted_at IS NULL ORDER BY k.created_at DESC, k.uid DESC LIMIT %(limit)s
    )
) AS done
ORDER BY done.at DESC, done.kind, done.uid DESC
LIMIT %(limit)s
