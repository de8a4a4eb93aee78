INSERT INTO oc_filecache VALUES (901, 3, 'files/new', md5('new'), 4, 'new.PNG', 3, 555, 1770000000), (902, 11, 'x', md5('x'), 901, 'x.txt', 5, 1, 1770000001);
INSERT INTO oc_share VALUES (901, 0, 'user1', 'user2', 901, 31, NULL, 1);
INSERT INTO oc_share SELECT 950 + n, 0, 'user1', 'user2', n, 1, now() + n * interval '0.1 s', 1 FROM generate_series(1, 20) AS n;
-- then --
UPDATE oc_filecache SET parent = 5, storage = 2 WHERE parent = 9;
UPDATE oc_filecache SET size = 0, mimetype = 6 WHERE fileid % 11 = 0;
-- then --
DELETE FROM oc_filecache WHERE parent IN (20, 21);
DELETE FROM oc_filecache WHERE fileid IN (20, 21);
DELETE FROM oc_share WHERE file_source IN (20, 21, 82);
-- then --
UPDATE oc_share SET share_with = NULL, share_type = 2 WHERE id % 10 = 0;
UPDATE oc_share SET share_with = 'user3', share_type = 0 WHERE share_with IS NULL AND id % 4 = 1;
-- then --
UPDATE oc_mimetypes SET mimetype = 'image/webp' WHERE id = 4;
DELETE FROM oc_group_user WHERE gid = 'group1';
INSERT INTO oc_group_user VALUES ('group2', 'user99'), ('group9', 'user1');
-- then --
TRUNCATE oc_systemtag_object_mapping;
-- then --
INSERT INTO oc_systemtag_object_mapping SELECT n::text, 'files', n % 4 + 1 FROM generate_series(1, 90) AS n;
UPDATE oc_systemtag SET name = 'TAG1' WHERE id IN (5, 6);
DELETE FROM oc_systemtag WHERE id = 2;
-- then --
UPDATE oc_preferences SET configvalue = CASE WHEN configvalue IS NULL THEN '9' END WHERE configkey = 'quota' AND appid = 'files';
DELETE FROM oc_preferences WHERE userid IN ('user3', 'user4');
UPDATE oc_filecache SET name = NULL WHERE fileid % 40 = 3;
