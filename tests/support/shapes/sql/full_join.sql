SELECT account_id, i.items, i.score, p.archived
FROM (SELECT account_id, count(*) AS items, max(score) AS score FROM items WHERE state <> 3 GROUP BY account_id) AS i
FULL JOIN (SELECT account_id, count(*) AS archived FROM archived WHERE state <> 2 GROUP BY account_id) AS p USING (account_id)
