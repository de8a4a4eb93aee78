SELECT c.id, c.note, p.id AS payment_id, p.amount
FROM open_items AS c
JOIN payments AS p ON p.item_id = c.id
