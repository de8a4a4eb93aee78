-- What a list of conversations shows of each; one without messages was last moved when it began.
SELECT c.uid AS conversation_uid, c.user_uid, c.notebook_uid, c.title, c.created_at,
    said.messages, said.tokens, coalesce(said.last_at, c.created_at) AS last_message_at
FROM conversations AS c
CROSS JOIN LATERAL (
    SELECT count(*) AS messages, coalesce(sum(m.tokens), 0) AS tokens, max(m.created_at) AS last_at
    FROM messages AS m WHERE m.conversation_uid = c.uid AND m.deleted_at IS NULL
) AS said
WHERE c.deleted_at IS NULL
