-- key: room_id, user_id
-- seen: https://github.com/zulip/zulip/blob/main/analytics/lib/counts.py
-- large: message, room_member, reaction
SELECT rm.room_id, rm.user_id, coalesce(rm.role, 'member') AS role
FROM room_member rm
WHERE NOT EXISTS (SELECT 1 FROM message m JOIN topic t ON t.id = m.topic_id WHERE t.room_id = rm.room_id AND m.user_id = rm.user_id)
    AND rm.user_id NOT IN (SELECT r.user_id FROM reaction r WHERE r.created_at > timestamptz '2026-01-08Z')
    AND EXISTS (SELECT FROM "user" u WHERE u.id = rm.user_id AND u.deleted_at IS NULL)
