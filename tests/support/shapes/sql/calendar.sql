SELECT a.id, d::date AS day, count(i.id) AS due
FROM accounts AS a
CROSS JOIN generate_series(CURRENT_DATE, CURRENT_DATE + 2, interval '1 day') AS d
LEFT JOIN items AS i ON i.account_id = a.id AND i.due_at >= d AND i.due_at < d + interval '1 day'
GROUP BY a.id, d
