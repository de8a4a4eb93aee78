-- key: website_id, event_name, property, value
-- seen: https://github.com/PostHog/posthog/blob/master/posthog/models/property_definition.py
-- large: website_event
SELECT e.website_id, e.event_name, p.key AS property, p.value #>> '{}' AS value, count(*) AS total, max(e.created_at) AS last_seen
FROM website_event e CROSS JOIN LATERAL jsonb_each(e.event_data) AS p
WHERE jsonb_typeof(p.value) <> 'array'
GROUP BY 1, 2, 3, 4
