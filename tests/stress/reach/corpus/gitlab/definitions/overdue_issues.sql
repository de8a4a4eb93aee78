-- key: id
-- seen: https://github.com/gitlabhq/gitlabhq/blob/master/app/finders/issues_finder.rb
-- large: issues
-- time: yes
SELECT i.id, i.project_id, i.due_date, p.name AS project, array_agg(a.user_id ORDER BY a.user_id) AS assignees
FROM issues i JOIN projects p ON p.id = i.project_id LEFT JOIN issue_assignees a ON a.issue_id = i.id
WHERE i.state_id = 1 AND i.due_date < CURRENT_DATE
GROUP BY i.id, p.name
