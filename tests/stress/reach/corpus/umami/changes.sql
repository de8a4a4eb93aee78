INSERT INTO website_event SELECT 1000 + n, website_id, session_id, 'v3', created_at + interval '5 minutes', '/pricing', NULL, 1, NULL, NULL FROM website_event, generate_series(0, 0) AS n WHERE event_id = 7;
INSERT INTO website_event VALUES (2001, md5('w1')::uuid, md5('s5')::uuid, 'v99', '2026-01-15 10:00Z', '/signup', 'new.example', 2, 'signup', '{"plan": "pro", "seats": 3}'),
    (2002, md5('w1')::uuid, md5('s5')::uuid, 'v99', '2026-01-15 10:20Z', '/', NULL, 2, 'activate', '{"plan": "pro"}');
-- then --
DELETE FROM website_event WHERE event_id % 13 = 0;
-- then --
UPDATE website_event SET created_at = created_at + interval '1 month' WHERE event_id BETWEEN 40 AND 60;
UPDATE website_event SET visitor_id = 'v1' WHERE visitor_id = 'v4';
-- then --
UPDATE website_event SET visitor_id = NULL WHERE event_id % 50 = 3;
UPDATE session SET country = NULL WHERE country = 'FR';
UPDATE session SET website_id = md5('w2')::uuid WHERE session_id IN (md5('s1')::uuid, md5('s7')::uuid);
-- then --
UPDATE website SET deleted_at = CASE WHEN deleted_at IS NULL THEN timestamptz '2026-02-02Z' END WHERE name IN ('Site 5', 'Site 2');
UPDATE website SET tz = 'Asia/Tokyo' WHERE name = 'Site 1';
-- then --
DELETE FROM revenue WHERE currency = 'USD' AND revenue > 60;
INSERT INTO revenue SELECT md5('x' || n)::uuid, md5('s' || n)::uuid, n, 'GBP', 10, timestamptz '2026-02-03Z' + n * interval '1 day' FROM generate_series(1, 12) AS n;
-- then --
DELETE FROM session WHERE session_id IN (md5('s3')::uuid, md5('s4')::uuid);
DELETE FROM website_event WHERE session_id IN (md5('s3')::uuid, md5('s8')::uuid);
INSERT INTO website_event SELECT 3000 + n, md5('w3')::uuid, md5('s' || n)::uuid, 'v' || n % 9, timestamptz '2026-02-10Z' + n * interval '7 hours', '/docs', NULL, 1, NULL, NULL FROM generate_series(10, 40) AS n;
-- then --
UPDATE website_event SET url_path = '/' WHERE url_path LIKE '/blog/%' AND event_id % 2 = 0;
UPDATE website_event SET event_data = event_data || '{"plan": null}' WHERE event_id % 20 = 0;
TRUNCATE revenue;
