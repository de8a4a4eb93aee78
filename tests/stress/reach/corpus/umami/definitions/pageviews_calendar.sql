-- key: website_id, day
-- seen: https://github.com/umami-software/umami/blob/master/src/queries/sql/pageviews/getPageviewStats.ts
-- large: website_event
SELECT w.website_id, d.day::date AS day, count(e.event_id) AS views, count(DISTINCT e.session_id) AS sessions
FROM website w
CROSS JOIN generate_series(timestamp '2026-01-01', timestamp '2026-03-15', interval '1 day') AS d(day)
LEFT JOIN website_event e ON e.website_id = w.website_id AND e.event_type = 1
    AND e.created_at >= d.day AT TIME ZONE w.tz AND e.created_at < (d.day + interval '1 day') AT TIME ZONE w.tz
WHERE w.deleted_at IS NULL
GROUP BY w.website_id, d.day
