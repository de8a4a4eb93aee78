SELECT n.id::uuid AS uid, n.title, nt.created_at AS tagged_at
FROM notebook_tags AS nt
JOIN notebooks AS n ON n.id = nt.notebook_id AND coalesce(n.deleted_at > 'infinity', true)
WHERE nt.tag_id = %(tag)s AND coalesce(nt.deleted_at > 'infinity', true)
ORDER BY nt.created_at DESC, nt.notebook_id DESC
LIMIT %(limit)s
