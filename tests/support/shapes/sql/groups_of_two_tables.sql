SELECT a.name, i.state, count(*) AS items, sum(i.score) AS score
FROM items AS i
JOIN accounts AS a ON a.id = i.account_id
GROUP BY a.name, i.state
