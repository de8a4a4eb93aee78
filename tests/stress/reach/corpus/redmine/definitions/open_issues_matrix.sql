-- key: project_id, status, assignee, level
-- seen: https://github.com/redmine/redmine/blob/master/app/controllers/reports_controller.rb
-- large: issues
SELECT i.project_id, s.name AS status, coalesce(i.assigned_to_id, 0) AS assignee, grouping(i.project_id, s.name, coalesce(i.assigned_to_id, 0)) AS level, count(*) AS total
FROM issues i JOIN issue_statuses s ON s.id = i.status_id
GROUP BY GROUPING SETS ((i.project_id, s.name), (i.project_id, coalesce(i.assigned_to_id, 0)), (i.project_id))
