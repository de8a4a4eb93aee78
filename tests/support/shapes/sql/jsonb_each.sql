SELECT i.id, f.key, f.value, i.note
FROM items AS i
CROSS JOIN jsonb_each(i.facts) AS f
