-- key: user_id, week
-- seen: https://github.com/redmine/redmine/blob/master/lib/redmine/helpers/time_report.rb
-- large: time_entries
SELECT user_id, to_char(spent_on, 'IYYY-IW') AS week, sum(hours) AS hours, count(*) AS entries
FROM time_entries GROUP BY 1, 2
