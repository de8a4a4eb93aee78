SELECT k.id::uuid AS uid, k.chunk_index, k.body, k.tokens
FROM chunks AS k
WHERE k.document_id = %(document)s AND coalesce(k.deleted_at > 'infinity', true)
ORDER BY k.chunk_index, k.id
LIMIT %(limit)s
