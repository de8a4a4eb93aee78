SELECT DISTINCT t.id AS thing_id, u.tag, t.price
FROM things AS t
CROSS JOIN LATERAL unnest(t.tags) AS u (tag)
