INSERT INTO page VALUES (901, 0, 'Title 90', 0, 1, 10), (902, 2, 'Lonely', 0, 2, 20);
INSERT INTO revision VALUES (901, 901, 3, '2026-03-01Z', 0, 55, NULL), (902, 901, 4, '2026-03-02Z', 1, NULL, 901);
INSERT INTO pagelinks VALUES (901, 0, 'Title 3'), (901, 0, 'Nowhere');
-- then --
UPDATE page SET page_title = page_title || ' (moved)' WHERE page_id % 13 = 0;
UPDATE page SET page_namespace = 4 WHERE page_id = 12;
-- then --
DELETE FROM pagelinks WHERE pl_from IN (8, 9, 10);
DELETE FROM page WHERE page_id IN (8, 9, 15);
DELETE FROM revision WHERE rev_page = 15;
-- then --
UPDATE pagelinks SET pl_title = 'Title 1', pl_namespace = 2 WHERE pl_title = 'Title 4';
UPDATE categorylinks SET cl_to = 'Cat 9' WHERE cl_to = 'Cat 3' AND cl_from % 8 = 1;
-- then --
UPDATE revision SET rev_page = 2 WHERE rev_page = 17;
UPDATE revision SET rev_actor = 4, rev_len = NULL WHERE rev_id % 15 = 0;
-- then --
UPDATE actor SET actor_user = CASE WHEN actor_user IS NULL THEN 99 END WHERE actor_id IN (3, 4);
DELETE FROM actor WHERE actor_id = 7;
-- then --
TRUNCATE watchlist;
-- then --
INSERT INTO watchlist SELECT n, n % 6 + 1, n % 3 * 2, 'Title ' || n, NULL FROM generate_series(1, 60) AS n;
UPDATE watchlist SET wl_notificationtimestamp = '2026-03-05Z' WHERE wl_id % 4 = 0;
DELETE FROM categorylinks WHERE cl_to = 'Cat 5';
INSERT INTO categorylinks VALUES (901, 'Fresh', 'file'), (1, 'Fresh', 'page');
