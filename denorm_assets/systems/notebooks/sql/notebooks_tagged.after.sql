SELECT n.uid, n.title, nt.created_at AS tagged_at
FROM notebook_tags AS nt
JOIN notebooks AS n ON n.uid = nt.notebook_uid AND n.deleted_at IS NULL
WHERE nt.tag_uid = %(tag)s AND nt.deleted_at IS NULL
ORDER BY nt.created_at DESC, nt.notebook_uid DESC
LIMIT %(limit)s
