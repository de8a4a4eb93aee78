SELECT e.id::uuid AS uid, e.quantity, u.name AS reader, e.created_at
FROM usage_events AS e
JOIN users AS u ON u.id = e.user_id AND coalesce(u.deleted_at > 'infinity', true)
WHERE e.kind = %(kind)s AND coalesce(e.deleted_at > 'infinity', true)
ORDER BY e.created_at DESC, e.id DESC
LIMIT %(limit)s
