SELECT count(*) AS items, sum(i.score) AS score, avg(i.score) AS average, max(a.region) AS region
FROM items AS i
JOIN accounts AS a ON a.id = i.account_id
