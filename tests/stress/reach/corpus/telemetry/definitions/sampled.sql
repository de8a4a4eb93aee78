-- key: device_id
-- seen: https://github.com/grafana/grafana/blob/main/docs/sources/datasources/postgres/_index.md
-- large: device
-- undeterministic: random() has no one value
SELECT id AS device_id, serial, random() AS lottery FROM device
