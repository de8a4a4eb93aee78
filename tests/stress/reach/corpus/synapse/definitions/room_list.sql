-- key: room_id
-- seen: https://github.com/element-hq/synapse/blob/develop/synapse/storage/databases/main/sliding_sync.py
-- large: events
SELECT e.room_id, coalesce(s.name, 'unnamed') AS name, last.event_id, last.sender, e.events, e.senders
FROM (SELECT room_id, count(*) AS events, array_agg(DISTINCT sender) AS senders FROM events GROUP BY room_id) e
LEFT JOIN room_stats_state s USING (room_id)
JOIN LATERAL (SELECT event_id, sender FROM events x WHERE x.room_id = e.room_id ORDER BY stream_ordering DESC LIMIT 1) last ON true
