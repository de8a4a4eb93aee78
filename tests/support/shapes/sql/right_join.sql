SELECT i.id, i.note, a.name AS account
FROM accounts AS a
RIGHT JOIN items AS i ON i.account_id = a.id
