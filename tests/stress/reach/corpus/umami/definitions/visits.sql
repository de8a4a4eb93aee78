-- key: visitor_id, visit
-- seen: https://hintsage.com/en/knowledge-base/question/5880ce70-03d1-4d98-80c5-09bd58f8a648
-- large: website_event
WITH marked AS (
    SELECT visitor_id, event_id, created_at, url_path,
        CASE WHEN created_at - lag(created_at) OVER w <= interval '30 minutes' THEN 0 ELSE 1 END AS is_new
    FROM website_event WHERE visitor_id IS NOT NULL
    WINDOW w AS (PARTITION BY visitor_id ORDER BY created_at, event_id)
), numbered AS (
    SELECT *, sum(is_new) OVER (PARTITION BY visitor_id ORDER BY created_at, event_id ROWS UNBOUNDED PRECEDING) AS visit FROM marked
)
SELECT visitor_id, visit, min(created_at) AS started_at, max(created_at) - min(created_at) AS duration, count(*) AS views,
    (array_agg(url_path ORDER BY created_at, event_id))[1] AS landing_page,
    (array_agg(url_path ORDER BY created_at DESC, event_id DESC))[1] AS exit_page, count(*) = 1 AS bounced
FROM numbered GROUP BY visitor_id, visit
