-- key: session_id
-- seen: https://github.com/PostHog/posthog/blob/master/posthog/models/person/person.py
-- large: session, website_event
SELECT s.session_id, ARRAY(SELECT DISTINCT t.tag FROM website_event e, jsonb_array_elements_text(e.event_data -> 'tags') AS t(tag) WHERE e.session_id = s.session_id ORDER BY t.tag) AS tags,
    (SELECT jsonb_agg(x ORDER BY x) FROM (SELECT DISTINCT event_data ->> 'plan' AS x FROM website_event e WHERE e.session_id = s.session_id AND e.event_data ? 'plan') q) AS plans
FROM session s
