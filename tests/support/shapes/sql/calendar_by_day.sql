SELECT d::date AS day, count(i.id) AS due
FROM generate_series(CURRENT_DATE - 3, CURRENT_DATE + 3, interval '1 day') AS d
LEFT JOIN items AS i ON i.due_at >= d AND i.due_at < d + interval '1 day'
GROUP BY d
