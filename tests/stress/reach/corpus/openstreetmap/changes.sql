INSERT INTO current_nodes VALUES (901, 5, 5, 3, true, 2), (902, 6, 6, 3, true, 99);
INSERT INTO current_node_tags VALUES (901, 'amenity', 'CAFE'), (902, 'name', 'Late');
INSERT INTO current_way_nodes VALUES (3, 901, 50), (3, 902, 51);
-- then --
UPDATE current_nodes SET visible = false WHERE tile = 3;
UPDATE current_nodes SET tile = 4, changeset_id = 5 WHERE tile = 7;
-- then --
DELETE FROM current_way_nodes WHERE way_id IN (7, 8);
DELETE FROM current_way_tags WHERE way_id IN (7, 8);
DELETE FROM current_ways WHERE id IN (7, 8);
-- then --
UPDATE changesets SET user_id = 3 WHERE user_id = 5;
UPDATE changesets SET min_lat = NULL, num_changes = num_changes + 3 WHERE id % 9 = 0;
DELETE FROM users WHERE id IN (2, 7);
-- then --
UPDATE current_way_tags SET v = 'primary' WHERE way_id % 5 = 0;
UPDATE current_relation_members SET member_type = 'Way', member_id = 3 WHERE relation_id % 6 = 0 AND sequence_id = 1;
DELETE FROM current_relation_members WHERE relation_id % 7 = 0;
-- then --
TRUNCATE changeset_tags;
-- then --
INSERT INTO changeset_tags SELECT n, 'created_by', 'iD 2.' || n % 2 FROM generate_series(1, 60) AS n;
UPDATE notes SET status = 'open', tile = CASE WHEN tile IS NULL THEN 3 END WHERE id % 6 = 0;
-- then --
UPDATE current_way_nodes SET node_id = 1 WHERE node_id % 20 = 3;
DELETE FROM current_nodes WHERE id BETWEEN 40 AND 60;
DELETE FROM current_node_tags WHERE node_id BETWEEN 50 AND 70;
