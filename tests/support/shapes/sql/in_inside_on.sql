SELECT a.id, a.name, count(i.id) AS paid, max(i.note) AS last_note
FROM accounts AS a
LEFT JOIN items AS i ON i.account_id = a.id AND i.id IN (SELECT p.item_id FROM payments AS p WHERE p.amount > 9)
GROUP BY a.id, a.name
