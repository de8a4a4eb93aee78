SELECT i.account_id, i.id, i.score, i.note
FROM items AS i
WHERE i.id = (SELECT max(x.id) FROM items AS x WHERE x.account_id = i.account_id AND x.state <> 3)
