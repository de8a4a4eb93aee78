SELECT DISTINCT u.account_id, u.state
FROM (
    SELECT account_id, id, state, score, note, 'item' AS kind FROM items
    UNION ALL
    SELECT account_id, id, state, score, note, 'archived' FROM archived
) AS u
