-- key: note_id, choice
-- seen: https://github.com/misskey-dev/misskey/blob/develop/packages/backend/src/models/Poll.ts
-- large: poll
-- time: yes
SELECT p.note_id, c.choice, c.votes, c.n, p."expiresAt" < now() AS closed, c.votes = (SELECT max(v) FROM unnest(p.votes) AS v) AS leading
FROM poll p, ROWS FROM (unnest(p.choices), unnest(p.votes)) WITH ORDINALITY AS c(choice, votes, n)
