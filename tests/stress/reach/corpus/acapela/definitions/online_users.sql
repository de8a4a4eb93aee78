-- key: user_id
-- seen: https://github.com/aksanoble/telebooth/blob/master/hasura/migrations/1609154436971_init/up.sql
-- large: message
SELECT tmp.ts, tmp.user_id, u.id, u.name, u.is_bot
FROM (SELECT max(message."created_at") AS ts, message.user_id FROM message GROUP BY message.user_id) tmp JOIN "user" u ON ((u.id = tmp.user_id))
ORDER BY tmp.ts DESC
