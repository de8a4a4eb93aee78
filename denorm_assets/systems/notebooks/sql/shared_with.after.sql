SELECT n.uid, n.title, u.name AS owner, h.role, h.created_at AS shared_at
FROM shares AS h
JOIN notebooks AS n ON n.uid = h.notebook_uid AND n.deleted_at IS NULL
JOIN users AS u ON u.uid = n.owner_uid AND u.deleted_at IS NULL
WHERE h.user_uid = %(user)s AND h.deleted_at IS NULL
ORDER BY h.created_at DESC, h.uid DESC
LIMIT %(limit)s
