-- key: version_id
-- seen: https://github.com/redmine/redmine/blob/master/app/models/version.rb
-- large: issues
SELECT v.id AS version_id, v.name, count(i.id) AS issues, count(i.id) FILTER (WHERE s.is_closed) AS closed, avg(i.done_ratio) FILTER (WHERE NOT s.is_closed) AS done_ratio, sum(i.estimated_hours) AS hours
FROM versions v LEFT JOIN issues i ON i.fixed_version_id = v.id LEFT JOIN issue_statuses s ON s.id = i.status_id
GROUP BY v.id
