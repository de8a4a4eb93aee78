SELECT account_id, state FROM items
UNION
SELECT account_id, state FROM archived
