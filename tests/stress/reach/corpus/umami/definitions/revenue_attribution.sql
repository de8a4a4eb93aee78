-- key: revenue_id
-- seen: https://github.com/umami-software/umami/blob/master/src/queries/sql/reports/getAttribution.ts
-- large: revenue, website_event
SELECT r.revenue_id, r.currency, r.revenue, first.referrer_domain AS first_click, last.referrer_domain AS last_click, last.url_path
FROM revenue r
LEFT JOIN LATERAL (SELECT referrer_domain FROM website_event e WHERE e.session_id = r.session_id AND e.referrer_domain IS NOT NULL AND e.created_at <= r.created_at ORDER BY e.created_at, e.event_id LIMIT 1) first ON true
LEFT JOIN LATERAL (SELECT referrer_domain, url_path FROM website_event e WHERE e.session_id = r.session_id AND e.created_at <= r.created_at ORDER BY e.created_at DESC, e.event_id DESC LIMIT 1) last ON true
