INSERT INTO events VALUES (901, '$e901', 'm.room.message', '!r3', '@u4:home.example', NULL, true, 1769000000000), (902, '$e902', 'm.room.member', '!new', '@u5:home.example', '@u5:home.example', NULL, 1769000000000);
INSERT INTO room_memberships VALUES ('$e902', '@u5:home.example', '!new', 'join', NULL);
INSERT INTO current_state_events VALUES ('$e902', '!new', 'm.room.member', '@u5:home.example', 'join');
-- then --
UPDATE current_state_events SET membership = 'leave' WHERE room_id IN ('!r1', '!r2');
UPDATE current_state_events SET membership = 'ban' WHERE state_key LIKE '@u3:%';
-- then --
DELETE FROM event_relations WHERE relates_to_id IN (SELECT event_id FROM events WHERE room_id = '!r5');
DELETE FROM events WHERE room_id = '!r5';
DELETE FROM receipts_linearized WHERE room_id = '!r5';
DELETE FROM room_stats_state WHERE room_id = '!r5';
-- then --
UPDATE receipts_linearized SET stream_id = 390, event_id = '$e390' WHERE user_id LIKE '@u1%';
UPDATE events SET room_id = '!r2' WHERE room_id = '!r10' AND stream_ordering % 2 = 0;
-- then --
UPDATE users SET deactivated = 1 WHERE name LIKE '@u2:%';
DELETE FROM users WHERE name LIKE '@u4:%';
INSERT INTO users VALUES ('@new:THIRD.example', NULL, 0, 0);
-- then --
UPDATE event_relations SET aggregation_key = '👎' WHERE aggregation_key = '🎉' AND relates_to_id LIKE '%1';
UPDATE event_relations SET relates_to_id = '$e2', relation_type = 'm.thread', aggregation_key = NULL WHERE event_id LIKE '%6';
-- then --
TRUNCATE user_ips;
-- then --
INSERT INTO user_ips SELECT name, '10.1.1.1', 'agent', 1768000000000 FROM users;
UPDATE room_stats_state SET name = CASE WHEN name IS NULL THEN 'Named' END, is_encrypted = NULL WHERE room_id IN ('!r4', '!r8', '!r9');
UPDATE events SET contains_url = NULL, sender = '@u6:Other.example' WHERE stream_ordering % 13 = 0;
