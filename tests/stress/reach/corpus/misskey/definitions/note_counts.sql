-- key: id
-- seen: https://github.com/misskey-dev/misskey/blob/develop/packages/backend/src/models/Note.ts
-- large: note
SELECT n.id, (SELECT count(*) FROM note r WHERE r."replyId" = n.id) AS "repliesCount", (SELECT count(*) FROM note r WHERE r."renoteId" = n.id AND r.text IS NULL) AS "renoteCount",
    (SELECT count(*) FROM note r WHERE r."renoteId" = n.id AND r.text IS NOT NULL) AS "quoteCount", (SELECT coalesce(sum(value::int), 0) FROM jsonb_each_text(n.reactions)) AS "reactionCount",
    (SELECT key FROM jsonb_each_text(n.reactions) ORDER BY value::int DESC, key LIMIT 1) AS "topReaction"
FROM note n
