-- key: session_id, bucket
-- seen: https://github.com/PostHog/posthog/blob/master/posthog/hogql_queries/insights/trends/trends_query_runner.py
-- large: website_event
SELECT session_id, date_bin('15 minutes', created_at, timestamptz '2001-01-01Z') AS bucket, count(*) AS events,
    string_agg(DISTINCT url_path, ' > ' ORDER BY url_path) AS paths, array_agg(DISTINCT event_name) FILTER (WHERE event_name IS NOT NULL) AS names
FROM website_event
GROUP BY session_id, date_bin('15 minutes', created_at, timestamptz '2001-01-01Z')
