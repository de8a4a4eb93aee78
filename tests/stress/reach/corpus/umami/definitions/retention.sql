-- key: cohort, month
-- seen: https://github.com/fi0/quasar/blob/master/data/sql/derived-tables/mam_retention.sql
-- large: website_event
WITH cohorts AS (
    SELECT visitor_id, date_trunc('week', min(created_at)) AS cohort FROM website_event WHERE visitor_id IS NOT NULL GROUP BY visitor_id
), activity AS (
    SELECT DISTINCT e.visitor_id, c.cohort, floor(extract(epoch FROM e.created_at - c.cohort) / 604800)::int AS month
    FROM website_event e JOIN cohorts c USING (visitor_id)
), size AS (SELECT cohort, count(*) AS visitors FROM cohorts GROUP BY cohort)
SELECT a.cohort, a.month, s.visitors, count(*) AS active, round(100.0 * count(*) / s.visitors, 1) AS percent
FROM activity a JOIN size s USING (cohort)
GROUP BY a.cohort, a.month, s.visitors
