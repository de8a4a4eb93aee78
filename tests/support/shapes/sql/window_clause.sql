SELECT i.id, i.account_id, i.note, row_number() OVER w AS place, sum(i.score) OVER w AS score, a.name AS account
FROM items AS i
JOIN accounts AS a ON a.id = i.account_id
WINDOW w AS (PARTITION BY i.account_id ORDER BY i.score DESC, i.id)
