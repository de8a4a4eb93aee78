-- What a list of notebooks shows of each; one without anything has a row of zeros.
SELECT n.uid AS notebook_uid, n.owner_uid, n.title, n.created_at,
    held.sources, read.documents, read.bytes, talked.conversations, noted.notes, given.shares,
    greatest(n.updated_at, held.last_at, read.last_at, talked.last_at, noted.last_at) AS last_activity_at
FROM notebooks AS n
CROSS JOIN LATERAL (
    SELECT count(*) AS sources, max(s.created_at) AS last_at
    FROM sources AS s WHERE s.notebook_uid = n.uid AND s.deleted_at IS NULL
) AS held
CROSS JOIN LATERAL (
    SELECT count(*) AS documents, coalesce(sum(d.bytes), 0) AS bytes, max(d.created_at) AS last_at
    FROM documents AS d WHERE d.notebook_uid = n.uid AND d.deleted_at IS NULL
) AS read
CROSS JOIN LATERAL (
    SELECT count(*) AS conversations, max(c.updated_at) AS last_at
    FROM conversations AS c WHERE c.notebook_uid = n.uid AND c.deleted_at IS NULL
) AS talked
CROSS JOIN LATERAL (
    SELECT count(*) AS notes, max(o.updated_at) AS last_at
    FROM notes AS o WHERE o.notebook_uid = n.uid AND o.deleted_at IS NULL
) AS noted
CROSS JOIN LATERAL (
    SELECT count(*) AS shares FROM shares AS h WHERE h.notebook_uid = n.uid AND h.deleted_at IS NULL
) AS given
WHERE n.deleted_at IS NULL
