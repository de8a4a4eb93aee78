-- key: room_id
-- seen: https://hasura.io/docs/2.0/schema/postgres/views/
-- large: message
SELECT a.room_id, min(t.room_name) AS room_name, count(*) AS messages, count(DISTINCT a.user_id) AS people, max(a.created_at) AS last_at
FROM topic_activity a JOIN active_topic t ON t.id = a.topic_id
GROUP BY a.room_id
