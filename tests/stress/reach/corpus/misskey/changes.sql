INSERT INTO note SELECT 1000 + n, n, n, NULL, 'new ' || n, NULL, 'public', '{}', ARRAY['t1'], '{"like": 3}', now(), NULL FROM generate_series(1, 20) AS n;
INSERT INTO activities SELECT 1000 + n, jsonb_build_object('type', 'Like', 'object', 'https://o/' || n), true, 'https://local.example/users/1', '{}', '2026-02-01' FROM generate_series(1, 10) AS n;
-- then --
UPDATE note SET tags = array_remove(tags, 't0') WHERE 't0' = ANY (tags);
UPDATE note SET reactions = reactions || '{"heart": 2}' WHERE id % 9 = 0;
-- then --
DELETE FROM note WHERE "userId" IN (5, 10);
UPDATE note SET "renoteId" = NULL WHERE "renoteId" IN (4, 5, 6);
-- then --
UPDATE users SET "isSuspended" = NOT "isSuspended" WHERE id IN (13, 14, 26);
UPDATE users SET nickname = upper(nickname) WHERE id % 6 = 0;
UPDATE users SET host = 'moved.example' WHERE host = 'r3.example';
-- then --
DELETE FROM activities WHERE data ->> 'type' = 'Announce' AND id % 2 = 0;
UPDATE activities SET data = jsonb_set(data, '{object}', '"https://o/1"') WHERE id % 50 = 7;
UPDATE objects SET data = data #- '{tag,0}' WHERE id % 8 = 0;
-- then --
DELETE FROM following WHERE "followerId" = 8;
INSERT INTO following SELECT n, 8 FROM generate_series(1, 50) AS n WHERE n <> 8 ON CONFLICT DO NOTHING;
UPDATE following SET state = 1 WHERE "followeeId" = 20;
-- then --
UPDATE muting SET "expiresAt" = now() - interval '1 hour' WHERE "muterId" % 4 = 0;
UPDATE hashtag_follow SET hashtag = 'new' WHERE user_id = 3 AND hashtag = 't3';
DELETE FROM hashtag_follow WHERE user_id < 3;
UPDATE poll SET votes[2] = 40 WHERE note_id % 2 = 0;
-- then --
DELETE FROM users WHERE id = 30;
DELETE FROM objects WHERE id BETWEEN 50 AND 60;
UPDATE note SET visibility = 'public', "userId" = 31 WHERE id BETWEEN 60 AND 70;
TRUNCATE muting;
