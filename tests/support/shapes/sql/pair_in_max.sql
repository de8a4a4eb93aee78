SELECT i.account_id, i.id, i.score, i.note
FROM items AS i
WHERE (i.account_id, i.score) IN (SELECT x.account_id, max(x.score) FROM items AS x GROUP BY x.account_id)
