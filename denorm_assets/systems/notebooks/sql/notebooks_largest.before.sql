SELECT n.id::uuid AS uid, n.title, coalesce(read.documents, 0) AS documents, coalesce(read.bytes, 0) AS bytes
FROM notebooks AS n
LEFT JOIN (
    SELECT d.notebook_id, count(*) AS documents, sum(d.bytes) AS bytes
    FROM documents AS d WHERE coalesce(d.deleted_at > 'infinity', true) GROUP BY d.notebook_id
) AS read ON read.notebook_id = n.id
WHERE coalesce(n.deleted_at > 'infinity', true)
ORDER BY coalesce(read.bytes, 0) DESC, n.id DESC
LIMIT %(limit)s
