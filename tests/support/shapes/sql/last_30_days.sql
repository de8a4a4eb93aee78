SELECT i.id, i.note, a.name AS account
FROM items AS i
JOIN accounts AS a ON a.id = i.account_id
WHERE i.began_at > now() - interval '30 days'
