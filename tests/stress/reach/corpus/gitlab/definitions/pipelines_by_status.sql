-- key: project_id, status
-- seen: https://github.com/gitlabhq/gitlabhq/blob/master/app/models/ci/pipeline.rb
-- large: ci_pipelines
SELECT project_id, coalesce(status, 'created') AS status, count(*) AS pipelines, avg(duration)::numeric(12, 2) AS avg_duration,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY duration) AS median
FROM ci_pipelines GROUP BY project_id, coalesce(status, 'created')
