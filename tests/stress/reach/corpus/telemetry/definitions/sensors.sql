-- key: device_id, name
-- seen: https://github.com/thingsboard/thingsboard/blob/master/dao/src/main/resources/sql/schema-entities.sql
-- large: device
SELECT d.id AS device_id, j.name, j.unit, j.position
FROM device d, JSON_TABLE(d.config, '$.sensors[*]' COLUMNS (position FOR ORDINALITY, name text PATH '$.name', unit text PATH '$.unit')) AS j
