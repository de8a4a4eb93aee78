INSERT INTO articles VALUES (901, 3, NULL, 'New', true, now()::timestamp, 5, NULL, 'en'), (902, 31, 2, 'Draft', false, NULL, 0, NULL, NULL);
INSERT INTO taggings VALUES (901, 1, 901, 'Article'), (902, 2, 901, 'Article');
INSERT INTO reactions VALUES (901, 4, 901, 'Article', 'like', 1, 'valid', now()::timestamp);
INSERT INTO articles SELECT 950 + n, n, NULL, 'Ageing', true, now() - interval '2 weeks' + n * interval '0.1 s', n, NULL, 'en' FROM generate_series(1, 20) AS n;
INSERT INTO taggings SELECT 950 + n, n % 4 + 1, 950 + n, 'Article' FROM generate_series(1, 20) AS n;
-- then --
UPDATE articles SET published = NOT published WHERE id % 10 = 0;
UPDATE articles SET user_id = 5, score = score + 7 WHERE user_id = 2;
-- then --
DELETE FROM comments WHERE commentable_id IN (5, 10, 17);
DELETE FROM articles WHERE id IN (5, 10);
DELETE FROM taggings WHERE taggable_id = 5;
-- then --
UPDATE reactions SET category = 'readinglist', points = 0 WHERE id % 12 = 1;
UPDATE reactions SET status = 'invalid', reactable_id = 1 WHERE id % 20 = 3;
DELETE FROM reactions WHERE user_id = 7;
-- then --
UPDATE tags SET alias_for = CASE WHEN alias_for IS NULL THEN 'tag1' END WHERE id IN (5, 6, 7);
DELETE FROM tags WHERE id = 9;
UPDATE taggings SET tag_id = 3 WHERE tag_id = 4 AND taggable_id % 2 = 0;
-- then --
TRUNCATE page_views;
-- then --
INSERT INTO page_views SELECT n, n % 40 + 1, NULL, 'https://late.example/', 2, now()::timestamp - n * interval '6 hours' FROM generate_series(1, 100) AS n;
UPDATE page_views SET article_id = NULL WHERE id % 21 = 0;
-- then --
UPDATE comments SET deleted = NOT deleted, commentable_type = 'Article' WHERE id % 9 = 0;
UPDATE comments SET ancestry = NULL, user_id = NULL WHERE id % 25 = 0;
DELETE FROM users WHERE id IN (3, 4);
-- then --
DELETE FROM follows WHERE followable_id = 2;
UPDATE follows SET followable_type = 'User' WHERE followable_type <> 'User' AND id % 2 = 0;
UPDATE articles SET published_at = published_at - interval '60 days' WHERE id % 8 = 1;
