SELECT i.id, account_id, i.note, p.bio
FROM items AS i
NATURAL LEFT JOIN profiles AS p
