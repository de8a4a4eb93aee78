SELECT i.id, i.note, p.id AS payment_id, p.amount, a.name AS payer
FROM items AS i
LEFT JOIN (payments AS p JOIN accounts AS a ON a.id = p.payer_id) ON p.item_id = i.id
