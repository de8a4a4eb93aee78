SELECT n.uid, n.title, u.name AS owner,
    ARRAY(
        SELECT t.name FROM notebook_tags AS nt
        JOIN tags AS t ON t.uid = nt.tag_uid AND t.deleted_at IS NULL
        WHERE nt.notebook_uid = n.uid AND nt.deleted_at IS NULL ORDER BY t.name
    ) AS tags,
    n.created_at, n.updated_at
FROM notebooks AS n
JOIN users AS u ON u.uid = n.owner_uid AND u.deleted_at IS NULL
WHERE n.owner_uid = %(user)s AND n.deleted_at IS NULL
ORDER BY n.created_at DESC, n.uid DESC
LIMIT %(limit)s
