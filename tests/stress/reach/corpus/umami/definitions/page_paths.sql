-- key: website_id, path, next_path
-- seen: https://github.com/umami-software/umami/blob/master/src/queries/sql/reports/getJourney.ts
-- large: website_event
SELECT website_id, path, next_path, count(*) AS times, avg(next_at - created_at) AS mean_stay
FROM (
    SELECT website_id, url_path AS path, created_at, lead(url_path) OVER w AS next_path, lead(created_at) OVER w AS next_at
    FROM website_event WHERE event_type = 1
    WINDOW w AS (PARTITION BY website_id, session_id ORDER BY created_at, event_id)
) steps
GROUP BY website_id, path, next_path
