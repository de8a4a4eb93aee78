INSERT INTO post VALUES (501, 'New', NULL, 3, 1, false, false, now()), (502, 'Other', 'https://e1.example/1', 4, 14, false, false, now());
INSERT INTO post_like SELECT n, 501, 1, now() FROM generate_series(1, 12) AS n;
INSERT INTO comment VALUES (901, 5, 501, '0.901', NULL, false, false, now()), (902, 6, 501, '0.901.902', 901, false, false, now());
INSERT INTO post_like SELECT 40, n, 1, now() - interval '1 month' + n * interval '0.1 s' FROM generate_series(1, 20) AS n ON CONFLICT DO NOTHING;
INSERT INTO comment SELECT 950 + n, n + 20, n, '0', NULL, false, false, now() - interval '1 month' + n * interval '0.1 s' FROM generate_series(1, 20) AS n;
-- then --
UPDATE post_like SET score = -score WHERE person_id = 5;
DELETE FROM post_like WHERE post_id % 9 = 0;
-- then --
UPDATE post SET community_id = 2 WHERE community_id = 3;
UPDATE post SET deleted = NOT deleted WHERE id % 20 < 2;
-- then --
DELETE FROM comment WHERE post_id IN (5, 10, 17);
DELETE FROM post WHERE id IN (5, 10, 17);
DELETE FROM comment_like WHERE comment_id % 20 = 1;
-- then --
UPDATE local_site SET enable_nsfw = true, community_min_posts = 1;
UPDATE community SET removed = true WHERE id = 7;
UPDATE community SET visibility = 'Public' WHERE id % 2 = 0;
-- then --
DELETE FROM person WHERE id IN (9, 10);
UPDATE comment SET creator_id = 11 WHERE creator_id = 9;
UPDATE person SET deleted = false, local = NOT local WHERE id % 11 = 0;
-- then --
UPDATE comment SET parent_id = NULL WHERE parent_id % 5 = 0;
UPDATE comment SET post_id = post_id + 1, published = now() WHERE id % 13 = 0;
-- then --
TRUNCATE community_follower;
-- then --
INSERT INTO community_follower SELECT c, p, false, now() FROM generate_series(1, 14) AS c, generate_series(1, 45) AS p WHERE (p + c) % 9 = 1;
UPDATE community_follower SET community_id = 14 WHERE community_id = 13 AND person_id % 2 = 0 AND NOT EXISTS (SELECT FROM community_follower f WHERE f.community_id = 14 AND f.person_id = community_follower.person_id);
-- then --
UPDATE post SET url = NULL WHERE url LIKE '%e3%';
UPDATE post SET url = 'https://e1.example/7' WHERE id % 25 = 0;
UPDATE post SET published = published - interval '40 days' WHERE id < 20;
