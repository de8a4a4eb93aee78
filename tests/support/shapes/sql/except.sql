SELECT account_id, state FROM items
EXCEPT
SELECT account_id, state FROM archived
