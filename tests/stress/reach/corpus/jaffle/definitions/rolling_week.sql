-- key: store, order_id
-- seen: https://www.postgresql.org/docs/current/sql-expressions.html#SYNTAX-WINDOW-FUNCTIONS
-- large: raw_orders, raw_payments
SELECT coalesce(o.store_id, 'web') AS store, o.id AS order_id, o.order_date, sum(p.total) OVER w AS week_total, count(*) OVER w AS week_orders, nth_value(o.id, 2) OVER (w2 ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS second_order,
    max(p.total) OVER (w2 ROWS BETWEEN 3 PRECEDING AND CURRENT ROW EXCLUDE CURRENT ROW) AS best_before
FROM raw_orders o CROSS JOIN LATERAL (SELECT coalesce(sum(amount), 0) AS total FROM raw_payments x WHERE x.order_id = o.id) p
WINDOW w AS (PARTITION BY coalesce(o.store_id, 'web') ORDER BY o.order_date RANGE BETWEEN interval '6 days' PRECEDING AND CURRENT ROW),
    w2 AS (PARTITION BY coalesce(o.store_id, 'web') ORDER BY o.order_date, o.id)
