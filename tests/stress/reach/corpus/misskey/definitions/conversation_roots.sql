-- key: userId, week
-- seen: https://github.com/misskey-dev/misskey/blob/develop/packages/backend/src/core/chart/charts/per-user-notes.ts
-- large: note
SELECT n."userId", date_trunc('week', n."createdAt", 'UTC') AS week, count(*) FILTER (WHERE n."replyId" IS NULL AND n."renoteId" IS NULL) AS normal, count(n."replyId") AS reply, count(n."renoteId") AS renote,
    to_tsvector('english', coalesce(string_agg(n.text, ' ' ORDER BY n.id), '')) AS words
FROM note n GROUP BY n."userId", date_trunc('week', n."createdAt", 'UTC')
