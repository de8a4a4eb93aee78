SELECT i.account_id, i.id, i.score, i.note
FROM items AS i
JOIN (SELECT account_id, max(score) AS best FROM items GROUP BY account_id) AS m
    ON m.account_id = i.account_id AND m.best = i.score
