SELECT t.uid, t.name, t.created_at
FROM tags AS t
WHERE t.owner_uid = %(user)s AND t.deleted_at IS NULL
ORDER BY t.created_at DESC, t.uid DESC
LIMIT %(limit)s
