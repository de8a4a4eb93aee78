SELECT DISTINCT ON (u.account_id) u.account_id, u.kind, u.id, u.score, u.note
FROM (
    SELECT account_id, id, state, score, note, 'item' AS kind FROM items
    UNION ALL
    SELECT account_id, id, state, score, note, 'archived' FROM archived
) AS u
ORDER BY u.account_id, u.score DESC, u.kind, u.id
