INSERT INTO reading SELECT n, '2026-03-05 10:00Z', 'temp', 99, 0 FROM generate_series(1, 10) AS n;
INSERT INTO alarm VALUES (901, 3, 'critical', now() - interval '1 hour', NULL), (902, 99, 'minor', now(), now());
INSERT INTO alarm SELECT 950 + n, n % 5 + 20, 'minor', now() - interval '1 day' + n * interval '0.1 s', NULL FROM generate_series(1, 20) AS n;
-- then --
UPDATE reading SET ts = ts + interval '14 days' WHERE device_id = 3;
UPDATE reading SET value = NULL, quality = NULL WHERE device_id = 4 AND metric = 'hum';
-- then --
DELETE FROM reading WHERE device_id IN (5, 6);
DELETE FROM alarm WHERE device_id = 5;
DELETE FROM device WHERE id = 5;
-- then --
UPDATE reading SET device_id = 30 WHERE device_id = 7;
INSERT INTO device VALUES (30, 'SN30', 2, 'C3', '{"sensors": []}', '2026-01-01');
-- then --
UPDATE threshold SET high = 20, low = CASE WHEN low IS NULL THEN 1 END;
DELETE FROM threshold WHERE metric = 'wind';
-- then --
UPDATE device SET site_id = 3, model = lower(model) WHERE id % 4 = 1;
UPDATE device SET config = NULL, site_id = NULL WHERE id IN (8, 9);
UPDATE device SET config = '{"sensors": [{"name": "t", "unit": "K"}]}' WHERE id = 10;
-- then --
TRUNCATE alarm;
-- then --
INSERT INTO alarm SELECT n, n % 10 + 1, 'major', now() - n * interval '2 hours', CASE WHEN n % 2 = 0 THEN now() END FROM generate_series(1, 40) AS n;
UPDATE site SET parent_id = 1, tz = 'Asia/Tokyo' WHERE id = 7;
DELETE FROM site WHERE id = 9;
-- then --
DELETE FROM reading_old WHERE ts < '2026-01-25Z';
INSERT INTO reading VALUES (30, '2026-01-21Z', 'wind', 1.5, 1), (30, '2026-01-21 01:00Z', 'wind', 1.50, 1);
UPDATE alarm SET severity = 'critical', cleared_at = NULL WHERE id % 5 = 0;
