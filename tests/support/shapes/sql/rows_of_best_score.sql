SELECT i.account_id, i.id, i.score, i.note, a.name AS account
FROM items AS i
JOIN accounts AS a ON a.id = i.account_id
WHERE i.score = (SELECT max(x.score) FROM items AS x WHERE x.account_id = i.account_id)
