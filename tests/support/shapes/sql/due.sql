SELECT i.account_id, count(*) AS due, min(i.due_at) AS since
FROM items AS i
WHERE i.state <> 3 AND i.due_at <= now()
GROUP BY i.account_id
