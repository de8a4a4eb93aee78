SELECT c.id, c.note, c.account, (SELECT sum(p.amount) FROM payments AS p WHERE p.item_id = c.id) AS paid
FROM cards AS c
