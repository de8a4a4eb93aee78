-- key: project_id, ref
-- seen: https://github.com/gitlabhq/gitlabhq/blob/master/app/models/ci/pipeline.rb
-- large: ci_pipelines
SELECT c.project_id, c.ref, c.id, c.status, c.duration, p.name
FROM (SELECT project_id, ref, max(id) AS id FROM ci_pipelines GROUP BY project_id, ref) latest
JOIN ci_pipelines c USING (project_id, ref, id) JOIN projects p ON p.id = c.project_id
