-- key: name
-- seen: https://github.com/element-hq/synapse/blob/develop/synapse/storage/databases/main/client_ips.py
-- large: users, user_ips, events
SELECT name FROM users WHERE deactivated = 0
INTERSECT
(SELECT sender FROM events WHERE type = 'm.room.message' UNION SELECT user_id FROM user_ips)
