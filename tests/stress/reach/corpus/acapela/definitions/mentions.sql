-- key: user_id
-- seen: https://github.com/zulip/zulip/blob/main/zerver/models/messages.py
-- large: message
SELECT u.id AS user_id, u.name, count(*) AS mentioned, count(*) FILTER (WHERE m.created_at > s.seen_at) AS unseen, array_agg(DISTINCT m.topic_id ORDER BY m.topic_id) AS topics
FROM "user" u JOIN message m ON u.id = ANY (m.mentions) AND m.deleted_at IS NULL LEFT JOIN last_seen_message s ON s.user_id = u.id AND s.topic_id = m.topic_id
GROUP BY u.id
