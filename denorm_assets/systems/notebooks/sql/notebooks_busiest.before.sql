SELECT n.id::uuid AS uid, n.title, coalesce(talked.conversations, 0) AS conversations
FROM notebooks AS n
LEFT JOIN (
    SELECT c.notebook_id, count(*) AS conversations
    FROM conversations AS c WHERE coalesce(c.deleted_at > 'infinity', true) GROUP BY c.notebook_id
) AS talked ON talked.notebook_id = n.id
WHERE coalesce(n.deleted_at > 'infinity', true)
ORDER BY coalesce(talked.conversations, 0) DESC, n.id DESC
LIMIT %(limit)s
