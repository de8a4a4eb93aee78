SELECT s.notebook_uid AS uid, s.title, s.sources, s.documents, s.conversations, s.notes, s.shares, s.last_activity_at
FROM notebook_summaries AS s
WHERE s.owner_uid = %(user)s
ORDER BY s.last_activity_at DESC, s.notebook_uid DESC
LIMIT %(limit)s
