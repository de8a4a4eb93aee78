-- key: user_id, room_id
-- seen: https://github.com/supabase/supabase/tree/master/examples/slack-clone
-- large: message, room_member
-- time: yes
SELECT rm.user_id, r.id AS room_id, r.name, last.id AS last_message_id, last.author, last.preview, rm.muted_until > now() AS muted
FROM room_member rm JOIN room r ON r.id = rm.room_id AND r.deleted_at IS NULL
LEFT JOIN LATERAL (
    SELECT m.id, a.name AS author, left(m.content #>> '{content,0,text}', 20) AS preview
    FROM topic t JOIN message m ON m.topic_id = t.id AND m.deleted_at IS NULL LEFT JOIN "user" a ON a.id = m.user_id
    WHERE t.room_id = r.id ORDER BY m.created_at DESC, m.id DESC LIMIT 1
) last ON true
