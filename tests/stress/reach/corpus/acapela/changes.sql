INSERT INTO message SELECT 1000 + n, md5('t' || n)::uuid, md5('u' || n)::uuid, n, '{"type": "doc", "content": []}', ARRAY[md5('u2')::uuid], timestamptz '2026-02-01Z' + n * interval '1 hour', NULL FROM generate_series(1, 25) AS n;
UPDATE last_seen_message SET seen_at = '2026-02-10Z' WHERE user_id = md5('u3')::uuid;
-- then --
UPDATE message SET deleted_at = '2026-02-02Z' WHERE id % 9 = 0;
DELETE FROM reaction WHERE emoji = '❤' AND message_id % 2 = 0;
-- then --
UPDATE topic SET closed_at = CASE WHEN closed_at IS NULL THEN timestamptz '2026-02-03Z' END WHERE room_id = md5('r3')::uuid;
UPDATE topic SET room_id = md5('r5')::uuid WHERE id IN (md5('t4')::uuid, md5('t14')::uuid);
-- then --
DELETE FROM room_member WHERE user_id = md5('u6')::uuid;
INSERT INTO room_member SELECT md5('r2')::uuid, md5('u' || n)::uuid, NULL, NULL FROM generate_series(1, 30) AS n ON CONFLICT DO NOTHING;
DELETE FROM last_seen_message WHERE user_id = md5('u9')::uuid;
-- then --
UPDATE room SET deleted_at = NULL WHERE id = md5('r7')::uuid;
UPDATE room SET deleted_at = '2026-02-04Z' WHERE id = md5('r2')::uuid;
UPDATE "user" SET deleted_at = '2026-02-04Z', name = 'gone' WHERE id IN (md5('u1')::uuid, md5('u2')::uuid);
-- then --
UPDATE message SET mentions = '{}' WHERE id % 6 = 0;
UPDATE message SET content = jsonb_set(content, '{content,0,text}', '"edited"') WHERE id % 10 = 1;
UPDATE message SET topic_id = md5('t1')::uuid, user_id = md5('u4')::uuid WHERE id BETWEEN 100 AND 120;
-- then --
DELETE FROM message WHERE user_id = md5('u5')::uuid;
DELETE FROM attachment WHERE id % 5 = 0;
UPDATE attachment SET owner_type = 'message', owner_id = '12' WHERE id % 7 = 0;
-- then --
DELETE FROM "user" WHERE is_bot;
TRUNCATE reaction;
INSERT INTO reaction SELECT n, md5('u' || n)::uuid, '👀', '2026-02-05Z' FROM generate_series(1, 30) AS n;
