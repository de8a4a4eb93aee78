SELECT s.notebook_uid AS uid, s.title, u.name AS owner, s.sources, s.documents, s.conversations, s.notes, s.shares,
    s.last_activity_at
FROM notebook_summaries AS s
JOIN users AS u ON u.uid = s.owner_uid AND u.deleted_at IS NULL
ORDER BY s.last_activity_at DESC, s.notebook_uid DESC
LIMIT %(limit)s
