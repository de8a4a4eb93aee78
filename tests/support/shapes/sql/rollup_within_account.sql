SELECT i.account_id, i.state, count(*) AS items, sum(i.score) AS score
FROM items AS i
GROUP BY i.account_id, ROLLUP (i.state)
