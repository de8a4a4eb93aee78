SELECT k.uid, k.chunk_index, k.body
FROM chunks AS k
WHERE k.source_uid = %(source)s AND k.deleted_at IS NULL
ORDER BY k.chunk_index, k.uid
LIMIT %(limit)s
