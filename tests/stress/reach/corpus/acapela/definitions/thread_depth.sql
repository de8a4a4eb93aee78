-- key: root_id
-- seen: https://github.com/mattermost/mattermost/blob/master/server/channels/db/migrations/postgres/000056_upgrade_channels_v6.0.up.sql
-- large: message
WITH RECURSIVE thread(id, root_id, depth) AS (
    SELECT id, id, 0 FROM message WHERE reply_to IS NULL
    UNION
    SELECT m.id, t.root_id, t.depth + 1 FROM message m, thread t WHERE m.reply_to = t.id AND t.depth < 20
)
SELECT root_id, count(*) - 1 AS replies, max(depth) AS depth FROM thread GROUP BY root_id HAVING count(*) > 1
