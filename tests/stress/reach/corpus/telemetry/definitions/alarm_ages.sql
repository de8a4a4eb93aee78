-- key: id
-- seen: https://github.com/thingsboard/thingsboard/blob/master/dao/src/main/resources/sql/schema-views.sql
-- large: alarm
-- time: yes
SELECT id, device_id, now() - raised_at AS age FROM alarm WHERE cleared_at IS NULL
