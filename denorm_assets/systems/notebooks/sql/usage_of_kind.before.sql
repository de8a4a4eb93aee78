SELECT e.id::uuid AS uid, e.quantity, e.created_at
FROM usage_events AS e
WHERE e.user_id = %(user)s AND e.kind = %(kind)s AND coalesce(e.deleted_at > 'infinity', true)
ORDER BY e.created_at DESC, e.id DESC
LIMIT %(limit)s
