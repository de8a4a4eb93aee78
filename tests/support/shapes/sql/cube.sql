SELECT i.state, i.score, count(*) AS items
FROM items AS i
GROUP BY CUBE (i.state, i.score)
