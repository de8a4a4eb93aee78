-- key: issue_id, user_id
-- seen: https://github.com/go-gitea/gitea/blob/main/models/issues/issue.go
-- large: issue, comment
SELECT DISTINCT issue_id, user_id
FROM (SELECT id AS issue_id, poster_id AS user_id FROM issue UNION ALL SELECT issue_id, poster_id FROM comment WHERE type = 0 AND issue_id IS NOT NULL) x
WHERE user_id IS NOT NULL
