INSERT INTO release VALUES (501, 'New', 3, 4, 1, '4099'), (502, 'New', 3, 61, NULL, NULL);
INSERT INTO release_group VALUES (61, 'Late group', 3, NULL);
INSERT INTO medium VALUES (501, 501, 1, 1, 2);
INSERT INTO track VALUES (901, 3, 501, 1, 'One', 1000), (902, 4, 501, 2, 'Two', NULL);
INSERT INTO release_country VALUES (501, 2, 1950, 1, 1);
-- then --
UPDATE release_country SET date_year = 1965 WHERE release % 10 = 0;
UPDATE release_country SET date_year = NULL, date_month = NULL WHERE release % 11 = 0;
DELETE FROM release_unknown_country WHERE release < 40;
-- then --
UPDATE artist_credit_name SET artist = 3 WHERE artist IN (5, 6);
UPDATE recording SET artist_credit = 1 WHERE id % 9 = 0;
-- then --
DELETE FROM track WHERE medium % 12 = 0;
DELETE FROM medium WHERE id % 12 = 0;
UPDATE track SET medium = 1, position = position + 10 WHERE medium = 2;
-- then --
DELETE FROM artist WHERE id IN (7, 14);
DELETE FROM artist_credit_name WHERE artist IN (7, 14);
UPDATE artist SET name = 'Same' WHERE id IN (1, 2);
-- then --
UPDATE artist_tag_raw SET is_upvote = NOT is_upvote WHERE editor % 3 = 0;
DELETE FROM tag WHERE id = 4;
DELETE FROM artist_tag_raw WHERE tag = 4;
-- then --
TRUNCATE release_group_rating_raw;
-- then --
INSERT INTO release_group_rating_raw SELECT g, e, 60 FROM generate_series(1, 61, 4) AS g, generate_series(1, 3) AS e;
UPDATE release SET release_group = 2 WHERE release_group IN (3, 5);
UPDATE release SET barcode = NULLIF(barcode, '') WHERE id % 2 = 0;
-- then --
UPDATE recording SET length = NULL WHERE id % 10 = 3;
UPDATE track SET recording = recording % 50 + 1 WHERE id % 4 = 0;
UPDATE isrc SET isrc = lpad('XX', 12, '0') WHERE id % 9 = 0 AND id <= 36;
DELETE FROM recording WHERE id BETWEEN 20 AND 25;
