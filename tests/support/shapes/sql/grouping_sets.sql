SELECT i.account_id, i.state, grouping(i.account_id) AS level, count(*) AS items
FROM items AS i
GROUP BY GROUPING SETS ((i.account_id), (i.state))
