INSERT INTO jf_playback_activity SELECT 'new' || n, 'user3', 'User 3', 'iOS', 'Phone', 'item' || n, NULL, 500, now(), '{"PlayMethod": "DirectPlay"}' FROM generate_series(1, 10) AS n;
INSERT INTO jf_library_items VALUES ('item99', 'Late', 'Movie', 'lib2', 6000000000, 7, '2026-03-01Z', false, '["Genre 9"]');
-- then --
UPDATE jf_playback_activity SET "UserId" = 'user4' WHERE "UserId" = 'user5';
UPDATE jf_playback_activity SET "PlaybackDuration" = NULL WHERE "Client" = 'web' AND "DeviceName" = 'Device 3';
-- then --
DELETE FROM jf_playback_activity WHERE "NowPlayingItemId" IN ('item2', 'item5', 'item10');
DELETE FROM jf_library_items WHERE "Id" IN ('item5', 'item10', 'item12');
DELETE FROM jf_library_episodes WHERE "SeriesId" = 'item12';
-- then --
UPDATE jf_libraries SET archived = NOT archived WHERE "Id" IN ('lib1', 'lib5');
UPDATE jf_library_items SET "ParentId" = CASE WHEN "ParentId" IS NULL THEN 'lib3' END WHERE "Id" LIKE '%0';
-- then --
UPDATE jf_library_items SET genres = '["Genre 1", "New"]' WHERE genres IS NULL;
UPDATE jf_library_items SET genres = NULL, "RunTimeTicks" = NULL WHERE "Id" LIKE 'item_7';
-- then --
UPDATE app_config SET settings = '{"min_seconds": 2000}';
-- then --
DELETE FROM jf_users WHERE "Id" IN ('user1', 'user2');
INSERT INTO jf_users VALUES ('user15', 'Fifteen', true);
UPDATE jf_users SET "Name" = 'Named' WHERE "Name" IS NULL;
-- then --
TRUNCATE jf_library_episodes;
-- then --
INSERT INTO jf_library_episodes SELECT 'r' || n, 'ep' || n, 's', 'item3', NULL, n, 42 FROM generate_series(1, 30) AS n;
UPDATE jf_playback_activity SET "ActivityDateInserted" = "ActivityDateInserted" - interval '50 days', "Client" = 'Roku' WHERE "Id" LIKE 'act%3';
-- then --
UPDATE jf_playback_activity SET "PlayState" = NULL, "NowPlayingItemId" = 'item1' WHERE "Id" LIKE 'act1_';
UPDATE app_config SET "REQUIRE_LOGIN" = NULL;
DELETE FROM jf_libraries WHERE "Id" = 'lib4';
