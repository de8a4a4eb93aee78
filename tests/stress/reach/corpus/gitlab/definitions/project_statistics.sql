-- key: project_id
-- seen: https://github.com/gitlabhq/gitlabhq/blob/master/app/models/project_statistics.rb
-- large: issues, merge_requests, ci_pipelines
SELECT p.id AS project_id, p.name,
    (SELECT count(*) FROM issues i WHERE i.project_id = p.id AND i.state_id = 1) AS open_issues_count,
    (SELECT count(*) FROM merge_requests m WHERE m.target_project_id = p.id AND m.state_id = 1) AS open_merge_requests_count,
    (SELECT status FROM ci_pipelines c WHERE c.project_id = p.id AND c.ref = 'main' ORDER BY c.id DESC, c.partition_id DESC LIMIT 1) AS last_status
FROM projects p WHERE NOT p.archived
