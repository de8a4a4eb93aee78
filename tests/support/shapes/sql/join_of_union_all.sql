SELECT a.id AS account_id, u.kind, u.id, u.note, a.name AS account
FROM accounts AS a
JOIN (
    SELECT account_id, id, state, score, note, 'item' AS kind FROM items
    UNION ALL
    SELECT account_id, id, state, score, note, 'archived' FROM archived
) AS u ON u.account_id = a.id
