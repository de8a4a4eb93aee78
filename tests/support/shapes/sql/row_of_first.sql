SELECT i.account_id, i.id, i.score, i.note
FROM items AS i
WHERE i.id = (SELECT x.id FROM items AS x WHERE x.account_id = i.account_id ORDER BY x.score DESC, x.id LIMIT 1)
