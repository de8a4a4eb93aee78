-- key: website_id, plan
-- seen: https://github.com/DoSomething/Data/blob/master/Docs/Infrastructure/Scripts/derived_tables/make_phoenix_next_funnel.sql
-- seen: https://github.com/umami-software/umami/blob/master/src/queries/sql/reports/getFunnel.ts
-- large: website_event
WITH level1 AS (
    SELECT DISTINCT website_id, session_id, created_at, event_data ->> 'plan' AS plan FROM website_event WHERE event_name = 'signup'
), level2 AS (
    SELECT DISTINCT we.session_id, we.created_at FROM level1 l JOIN website_event we ON l.session_id = we.session_id
    WHERE we.created_at BETWEEN l.created_at AND l.created_at + interval '3 days' AND we.event_name = 'activate'
), level3 AS (
    SELECT DISTINCT we.session_id FROM level2 l JOIN website_event we ON l.session_id = we.session_id
    WHERE we.created_at BETWEEN l.created_at AND l.created_at + interval '3 days' AND we.event_name = 'purchase'
)
SELECT l1.website_id, l1.plan, count(DISTINCT l1.session_id) AS signed_up, count(DISTINCT l2.session_id) AS activated, count(DISTINCT l3.session_id) AS purchased,
    round(count(DISTINCT l3.session_id)::numeric / nullif(count(DISTINCT l1.session_id), 0), 3) AS rate
FROM level1 l1 LEFT JOIN level2 l2 USING (session_id) LEFT JOIN level3 l3 USING (session_id)
GROUP BY l1.website_id, l1.plan
