-- key: id
-- seen: https://github.com/go-gitea/gitea/blob/main/models/issues/issue_search.go
-- large: issue
-- time: yes
SELECT i.id, i.repo_id, r.lower_name FROM issue i JOIN repository r ON r.id = i.repo_id
WHERE NOT i.is_closed AND i.deadline_unix > 0 AND i.deadline_unix < extract(epoch FROM now())
