SELECT a.name, date_trunc('hour', i.began_at, 'UTC') AS hour, p.amount::int AS amount, count(*) AS payments
FROM items AS i
JOIN accounts AS a ON a.id = i.account_id
JOIN payments AS p ON p.item_id = i.id
GROUP BY a.name, date_trunc('hour', i.began_at, 'UTC'), p.amount::int
