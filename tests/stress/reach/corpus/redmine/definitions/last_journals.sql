-- key: issue_id
-- seen: https://github.com/redmine/redmine/blob/master/app/models/issue.rb
-- large: journals
SELECT j.journalized_id AS issue_id, j.id AS journal_id, j.notes, u.firstname
FROM journals j LEFT JOIN users u ON u.id = j.user_id
WHERE j.id = (SELECT max(id) FROM journals x WHERE x.journalized_id = j.journalized_id AND x.notes <> '')
