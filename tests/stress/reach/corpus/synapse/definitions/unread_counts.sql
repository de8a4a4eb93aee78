-- key: user_id, room_id
-- seen: https://github.com/element-hq/synapse/blob/develop/synapse/storage/databases/main/event_push_actions.py
-- large: events, receipts_linearized
SELECT r.user_id, r.room_id, count(e.event_id) AS unread, max(e.stream_ordering) AS latest
FROM receipts_linearized r LEFT JOIN events e ON e.room_id = r.room_id AND e.stream_ordering > r.stream_id AND e.type = 'm.room.message' AND e.sender <> r.user_id
WHERE r.receipt_type = 'm.read'
GROUP BY r.user_id, r.room_id
