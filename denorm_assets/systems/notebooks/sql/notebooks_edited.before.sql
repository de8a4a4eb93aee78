SELECT n.id::uuid AS uid, n.title, u.name AS owner,
    ARRAY(
        SELECT t.name FROM notebook_tags AS nt
        JOIN tags AS t ON t.id = nt.tag_id AND coalesce(t.deleted_at > 'infinity', true)
        WHERE nt.notebook_id = n.id AND coalesce(nt.deleted_at > 'infinity', true) ORDER BY t.name
    ) AS tags,
    n.created_at, n.updated_at
FROM notebooks AS n
JOIN users AS u ON u.id = n.owner_id AND coalesce(u.deleted_at > 'infinity', true)
WHERE n.owner_id = %(user)s AND coalesce(n.deleted_at > 'infinity', true)
ORDER BY n.updated_at DESC, n.id DESC
LIMIT %(limit)s
