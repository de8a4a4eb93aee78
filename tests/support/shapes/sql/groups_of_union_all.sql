SELECT u.account_id, count(*) AS entries, sum(u.score) AS score
FROM (
    SELECT account_id, id, state, score, note, 'item' AS kind FROM items
    UNION ALL
    SELECT account_id, id, state, score, note, 'archived' FROM archived
) AS u
GROUP BY u.account_id
