-- key: website_id, referrer
-- seen: https://github.com/plausible/analytics/blob/master/lib/plausible/stats/breakdown.ex
-- large: website_event, session
SELECT website_id, referrer, visitors, rank() OVER (PARTITION BY website_id ORDER BY visitors DESC) AS rank,
    round(100.0 * visitors / sum(visitors) OVER (PARTITION BY website_id), 2) AS share
FROM (
    SELECT s.website_id, coalesce(nullif(e.referrer_domain, ''), 'Direct / None') AS referrer, count(DISTINCT e.session_id) AS visitors
    FROM website_event e JOIN session s USING (session_id)
    GROUP BY s.website_id, coalesce(nullif(e.referrer_domain, ''), 'Direct / None')
) r
