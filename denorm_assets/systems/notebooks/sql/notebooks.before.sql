SELECT n.id::uuid AS uid, n.title,
    coalesce(held.sources, 0) AS sources, coalesce(read.documents, 0) AS documents,
    coalesce(talked.conversations, 0) AS conversations, coalesce(noted.notes, 0) AS notes,
    coalesce(given.shares, 0) AS shares,
    greatest(n.updated_at, held.last_at, read.last_at, talked.last_at, noted.last_at) AS last_activity_at
FROM notebooks AS n
LEFT JOIN (
    SELECT s.notebook_id, count(*) AS sources, max(s.created_at) AS last_at
    FROM sources AS s
    WHERE s.notebook_id IN (SELECT id FROM notebooks WHERE owner_id = %(user)s)
        AND coalesce(s.deleted_at > 'infinity', true)
    GROUP BY s.notebook_id
) AS held ON held.notebook_id = n.id
LEFT JOIN (
    SELECT d.notebook_id, count(*) AS documents, sum(d.bytes) AS bytes, max(d.created_at) AS last_at
    FROM documents AS d
    WHERE d.notebook_id IN (SELECT id FROM notebooks WHERE owner_id = %(user)s)
        AND coalesce(d.deleted_at > 'infinity', true)
    GROUP BY d.notebook_id
) AS read ON read.notebook_id = n.id
LEFT JOIN (
    SELECT c.notebook_id, count(*) AS conversations, max(c.updated_at) AS last_at
    FROM conversations AS c
    WHERE c.notebook_id IN (SELECT id FROM notebooks WHERE owner_id = %(user)s)
        AND coalesce(c.deleted_at > 'infinity', true)
    GROUP BY c.notebook_id
) AS talked ON talked.notebook_id = n.id
LEFT JOIN (
    SELECT o.notebook_id, count(*) AS notes, max(o.updated_at) AS last_at
    FROM notes AS o
    WHERE o.notebook_id IN (SELECT id FROM notebooks WHERE owner_id = %(user)s)
        AND coalesce(o.deleted_at > 'infinity', true)
    GROUP BY o.notebook_id
) AS noted ON noted.notebook_id = n.id
LEFT JOIN (
    SELECT h.notebook_id, count(*) AS shares FROM shares AS h
    WHERE h.notebook_id IN (SELECT id FROM notebooks WHERE owner_id = %(user)s)
        AND coalesce(h.deleted_at > 'infinity', true)
    GROUP BY h.notebook_id
) AS given ON given.notebook_id = n.id
WHERE n.owner_id = %(user)s AND coalesce(n.deleted_at > 'infinity', true)
ORDER BY last_activity_at DESC, n.id DESC
LIMIT %(limit)s
