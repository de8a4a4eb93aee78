-- key: issue_id
-- seen: https://github.com/redmine/redmine/blob/master/app/models/custom_value.rb
-- large: issues, custom_values
SELECT i.id AS issue_id, i.subject, max(v.value) FILTER (WHERE v.custom_field_id = 1) AS f1, max(v.value) FILTER (WHERE v.custom_field_id = 2) AS f2
FROM issues i LEFT JOIN custom_values v ON (v.customized_type, v.customized_id) = ('Issue', i.id)
GROUP BY i.id
