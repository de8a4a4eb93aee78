-- key: project_id
-- seen: https://github.com/redmine/redmine/blob/master/app/models/project.rb
-- large: time_entries
SELECT p.id AS project_id, p.name, sum(t.hours) AS hours, count(DISTINCT t.user_id) AS people
FROM projects p JOIN projects c ON c.lft >= p.lft AND c.rgt <= p.rgt JOIN time_entries t ON t.project_id = c.id
GROUP BY p.id
