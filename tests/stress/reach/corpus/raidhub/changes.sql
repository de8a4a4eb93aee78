UPDATE player_stats SET clears = clears + 4 WHERE membership_id IN (5, 6, 7) AND raid_id = 2;
INSERT INTO activity VALUES (500, 3, true, true, '2026-02-01 10:00Z', '2026-02-01 10:30Z', 1800, 3, 2);
INSERT INTO player_activity VALUES (500, 5, true, 99, 1700, 0), (500, 8, true, 20, 1800, 2), (500, 9, false, 3, 300, 0);
-- then --
DELETE FROM player_stats WHERE raid_id = 4 AND clears < 3;
UPDATE player SET banned = NOT banned WHERE membership_id IN (14, 15, 28);
-- then --
UPDATE player SET nationality = 'JP' WHERE nationality = 'FR' AND membership_id % 2 = 0;
UPDATE player SET nationality = NULL, score = score + 20 WHERE membership_id = 9;
DELETE FROM nationalities WHERE iso_country_code = 'US';
-- then --
UPDATE activity SET completed = false WHERE instance_id % 9 = 0;
UPDATE activity SET raid_id = 1, date_completed = date_completed + interval '2 days' WHERE instance_id BETWEEN 20 AND 30;
DELETE FROM player_activity WHERE instance_id % 13 = 0;
-- then --
DELETE FROM activity WHERE instance_id IN (5, 10, 15);
DELETE FROM player WHERE membership_id = 33;
INSERT INTO player VALUES (99, 'late', 'b99', NULL, false, 100, 'DE');
INSERT INTO player_stats VALUES (99, 1, 50, 10, 3, 500);
-- then --
UPDATE record SET status = 'APPROVED', progress = 100 WHERE id % 10 = 1 AND status = 'REJECTED';
DELETE FROM record WHERE demon = 4;
-- then --
UPDATE raid_definition SET is_sunset = NOT is_sunset WHERE id IN (1, 6);
UPDATE player_activity SET membership_id = 99 WHERE membership_id = 34;
UPDATE player_activity SET finished_raid = true WHERE instance_id % 5 = 0;
-- then --
TRUNCATE record;
INSERT INTO record SELECT n, n % 4 + 1, n, 100 - n % 7, 'APPROVED' FROM generate_series(1, 70) AS n;
UPDATE player_stats SET fresh_clears = 0 WHERE raid_id = 3;
