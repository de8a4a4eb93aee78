SELECT i.account_id, i.id, i.score, i.note
FROM items AS i
WHERE NOT EXISTS (SELECT FROM items AS x WHERE x.account_id = i.account_id AND x.score > i.score)
