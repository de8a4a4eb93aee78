SELECT a.id, a.name, l.item_id, l.score, i.note
FROM accounts AS a
LEFT JOIN (
    SELECT DISTINCT ON (account_id) account_id, id AS item_id, score FROM items ORDER BY account_id, score DESC, id
) AS l ON l.account_id = a.id
LEFT JOIN items AS i ON i.id = l.item_id
