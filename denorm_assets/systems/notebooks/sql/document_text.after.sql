SELECT k.uid, k.chunk_index, k.body, k.tokens
FROM chunks AS k
WHERE k.document_uid = %(document)s AND k.deleted_at IS NULL
ORDER BY k.chunk_index, k.uid
LIMIT %(limit)s
