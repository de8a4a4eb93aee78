-- key: user_id, project_id
-- seen: https://github.com/gitlabhq/gitlabhq/blob/master/lib/gitlab/project_authorizations.rb
-- large: members, project_authorizations
SELECT user_id, project_id, MAX(access_level) AS access_level
FROM (
    SELECT m.user_id, p.id AS project_id, m.access_level FROM members m JOIN projects p ON p.id = m.source_id AND m.source_type = 'Project'
    UNION ALL
    SELECT m.user_id, p.id, m.access_level FROM members m JOIN namespaces n ON n.id = m.source_id AND m.source_type = 'Namespace' JOIN projects p ON p.namespace_id = n.id
    UNION ALL
    SELECT user_id, project_id, access_level FROM project_authorizations
) AS fresh
WHERE user_id IS NOT NULL
GROUP BY user_id, project_id
