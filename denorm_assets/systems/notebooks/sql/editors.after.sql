SELECT u.uid, u.name, u.email, h.created_at AS since
FROM shares AS h
JOIN users AS u ON u.uid = h.user_uid AND u.deleted_at IS NULL
WHERE h.notebook_uid = %(notebook)s AND h.role = 'editor' AND h.deleted_at IS NULL
ORDER BY h.created_at, h.uid
