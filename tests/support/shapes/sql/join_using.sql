SELECT i.id, account_id, i.note, p.bio
FROM items AS i
JOIN profiles AS p USING (account_id)
