SELECT count(*) AS notebooks, coalesce(sum(read.documents), 0) AS documents, coalesce(sum(read.bytes), 0) AS bytes
FROM notebooks AS n
LEFT JOIN (
    SELECT d.notebook_id, count(*) AS documents, sum(d.bytes) AS bytes
    FROM documents AS d
    WHERE d.notebook_id IN (SELECT id FROM notebooks WHERE owner_id = %(user)s)
        AND coalesce(d.deleted_at > 'infinity', true)
    GROUP BY d.notebook_id
) AS read ON read.notebook_id = n.id
WHERE n.owner_id = %(user)s AND coalesce(n.deleted_at > 'infinity', true)
