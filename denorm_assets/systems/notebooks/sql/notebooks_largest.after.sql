SELECT s.notebook_uid AS uid, s.title, s.documents, s.bytes
FROM notebook_summaries AS s
ORDER BY s.bytes DESC, s.notebook_uid DESC
LIMIT %(limit)s
