-- key: room_id, server
-- seen: https://github.com/element-hq/synapse/blob/develop/synapse/storage/databases/main/roommember.py
-- large: current_state_events
SELECT room_id, substring(state_key FROM '@[^:]*:(.*)$') AS server, count(*) AS members
FROM current_state_events
WHERE type = 'm.room.member' AND membership = 'join'
GROUP BY room_id, substring(state_key FROM '@[^:]*:(.*)$')
