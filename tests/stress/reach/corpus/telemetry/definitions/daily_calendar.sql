-- key: day
-- seen: https://github.com/grafana/grafana/blob/main/docs/sources/datasources/postgres/_index.md
-- large: alarm
-- time: yes
SELECT d::date AS day, count(a.id) AS raised
FROM generate_series(CURRENT_DATE - 13, CURRENT_DATE, interval '1 day') AS d LEFT JOIN alarm a ON a.raised_at >= d AND a.raised_at < d + interval '1 day'
GROUP BY d
