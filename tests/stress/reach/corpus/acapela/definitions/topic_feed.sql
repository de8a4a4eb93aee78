-- key: room_id, at, kind, item
-- seen: https://github.com/acapela/monorepo/blob/main/infrastructure/hasura/migrations/1621423247283_unread_messages_view/up.sql
-- large: message, reaction
SELECT f.room_id, f.at, f.kind, f.item, u.name AS actor
FROM (
    SELECT t.room_id, m.created_at AS at, 'message' AS kind, m.id::text AS item, m.user_id FROM message m JOIN topic t ON t.id = m.topic_id
    UNION ALL
    SELECT t.room_id, x.created_at, 'reaction', x.message_id || x.emoji || x.user_id, x.user_id FROM reaction x JOIN message m ON m.id = x.message_id JOIN topic t ON t.id = m.topic_id
    UNION ALL
    SELECT t.room_id, t.closed_at, 'closed', t.id::text, t.owner_id FROM topic t WHERE t.closed_at IS NOT NULL
) f LEFT JOIN "user" u ON u.id = f.user_id AND u.deleted_at IS NULL
