-- key: assigned_to_id
-- seen: https://github.com/redmine/redmine/blob/master/app/models/issue.rb
-- large: issues
-- time: yes
SELECT i.assigned_to_id, count(*) AS overdue, min(i.due_date) AS oldest, json_agg(i.id ORDER BY i.due_date, i.id) AS ids
FROM issues i JOIN issue_statuses s ON s.id = i.status_id
WHERE NOT s.is_closed AND i.due_date < current_date AND i.assigned_to_id IS NOT NULL
GROUP BY i.assigned_to_id
