SELECT account_id, state FROM items
INTERSECT
SELECT account_id, state FROM archived
