SELECT s.notebook_uid AS uid, s.title, s.conversations
FROM notebook_summaries AS s
ORDER BY s.conversations DESC, s.notebook_uid DESC
LIMIT %(limit)s
