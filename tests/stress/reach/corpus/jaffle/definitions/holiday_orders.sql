-- key: day
-- seen: https://github.com/calogica/dbt-date
-- large: raw_orders
SELECT s.day, s.is_holiday, count(o.id) AS orders, count(o.id) FILTER (WHERE o.status IN ('returned', 'return_pending')) AS returns, array_agg(o.id ORDER BY o.id) FILTER (WHERE o.id IS NOT NULL) AS ids
FROM date_spine s LEFT JOIN raw_orders o ON o.order_date BETWEEN s.day - CASE WHEN s.is_holiday THEN 2 ELSE 0 END AND s.day
GROUP BY s.day
