-- key: room_id
-- seen: https://github.com/element-hq/synapse/blob/develop/synapse/storage/databases/main/stats.py
-- large: events, current_state_events
SELECT r.room_id, r.name, count(*) FILTER (WHERE c.membership = 'join') AS joined_members, count(*) FILTER (WHERE c.membership = 'invite') AS invited_members, count(*) FILTER (WHERE c.membership = 'ban') AS banned_members,
    (SELECT count(*) FROM events e WHERE e.room_id = r.room_id) AS total_events
FROM room_stats_state r LEFT JOIN current_state_events c ON c.room_id = r.room_id AND c.type = 'm.room.member'
GROUP BY r.room_id, r.name
