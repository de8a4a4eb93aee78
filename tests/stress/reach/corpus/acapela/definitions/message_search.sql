-- key: id
-- seen: https://github.com/thrgamon/nous/blob/main/db/migrations/000012_update_materialized_View.up.sql
-- large: message, reaction
SELECT m.id, m.topic_id, setweight(to_tsvector('simple', coalesce(t.name, '')), 'A') || setweight(to_tsvector('english', coalesce(string_agg(p.text, ' ' ORDER BY p.ord), '')), 'B') AS doc,
    (SELECT jsonb_object_agg(emoji, n) FROM (SELECT emoji, count(*) AS n FROM reaction r WHERE r.message_id = m.id GROUP BY emoji) x) AS reactions
FROM message m JOIN topic t ON t.id = m.topic_id
LEFT JOIN LATERAL (SELECT value ->> 'text' AS text, ord FROM jsonb_array_elements(m.content -> 'content') WITH ORDINALITY AS e(value, ord) WHERE value ->> 'type' = 'text') p ON true
WHERE m.deleted_at IS NULL
GROUP BY m.id, t.id
