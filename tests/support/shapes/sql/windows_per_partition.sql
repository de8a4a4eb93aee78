SELECT i.id, i.account_id, rank() OVER (PARTITION BY i.account_id ORDER BY i.score DESC) AS place,
    lag(i.score) OVER (PARTITION BY i.account_id, i.state ORDER BY i.id) AS score_before,
    count(*) OVER (PARTITION BY i.account_id) AS items
FROM items AS i
