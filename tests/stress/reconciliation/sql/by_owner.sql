SELECT owner, label, count(*) AS things, sum(price) AS price, max(happened) AS last_at
FROM things
GROUP BY owner, label
