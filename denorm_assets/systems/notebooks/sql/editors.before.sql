SELECT u.id::uuid AS uid, u.name, u.email, h.created_at AS since
FROM shares AS h
JOIN users AS u ON u.id = h.user_id AND coalesce(u.deleted_at > 'infinity', true)
WHERE h.notebook_id = %(notebook)s AND h.role = 'editor' AND coalesce(h.deleted_at > 'infinity', true)
ORDER BY h.created_at, h.id
