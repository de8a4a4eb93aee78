SELECT k.id::uuid AS uid, k.chunk_index, k.body
FROM chunks AS k
WHERE k.source_id = %(source)s AND coalesce(k.deleted_at > 'infinity', true)
ORDER BY k.chunk_index, k.id
LIMIT %(limit)s
