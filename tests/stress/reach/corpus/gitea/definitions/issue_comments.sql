-- key: issue_id
-- seen: https://github.com/go-gitea/gitea/blob/main/models/issues/comment.go
-- large: issue, comment
SELECT i.id AS issue_id, i.repo_id, i."index", c.num_comments, c.last_id, u.lower_name AS poster
FROM issue i
LEFT JOIN (SELECT issue_id, count(*) AS num_comments, max(id) AS last_id FROM comment WHERE type = 0 GROUP BY issue_id) c ON c.issue_id = i.id
LEFT JOIN "user" u ON u.id = i.poster_id
