-- key: thread_id
-- seen: https://github.com/element-hq/synapse/blob/develop/synapse/storage/databases/main/relations.py
-- large: event_relations, events
SELECT p.event_id AS thread_id, p.room_id, s.replies, l.event_id AS latest_event_id, l.sender
FROM events p
JOIN LATERAL (SELECT count(*) AS replies FROM event_relations r WHERE r.relates_to_id = p.event_id AND r.relation_type = 'm.thread') s ON s.replies > 0
LEFT JOIN LATERAL (
    SELECT c.event_id, c.sender FROM event_relations r JOIN events c ON c.event_id = r.event_id
    WHERE r.relates_to_id = p.event_id AND r.relation_type = 'm.thread' ORDER BY c.stream_ordering DESC LIMIT 1
) l ON true
