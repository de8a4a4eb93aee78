-- key: project_id
-- seen: https://github.com/redmine/redmine/blob/master/lib/redmine/helpers/time_report.rb
-- large: time_entries, issues
SELECT project_id, coalesce(i.estimated, 0) AS estimated, coalesce(t.spent, 0) AS spent, t.people
FROM (SELECT project_id, sum(estimated_hours) AS estimated FROM issues GROUP BY project_id) i
FULL JOIN (SELECT project_id, sum(hours) AS spent, count(DISTINCT user_id) AS people FROM time_entries GROUP BY project_id) t USING (project_id)
