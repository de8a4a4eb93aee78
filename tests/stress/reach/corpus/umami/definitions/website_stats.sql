-- key: website_id
-- seen: https://github.com/umami-software/umami/blob/master/src/queries/sql/getWebsiteStats.ts
-- large: website_event
SELECT t.website_id, sum(t.c) AS pageviews, count(DISTINCT t.session_id) AS visitors, sum(CASE WHEN t.c = 1 THEN 1 ELSE 0 END) AS bounces,
    sum(extract(epoch FROM t.max_time - t.min_time))::bigint AS totaltime
FROM (
    SELECT website_id, session_id, date_trunc('hour', created_at) AS hour, count(*) AS c, min(created_at) AS min_time, max(created_at) AS max_time
    FROM website_event WHERE event_type = 1
    GROUP BY 1, 2, 3
) t
GROUP BY t.website_id
