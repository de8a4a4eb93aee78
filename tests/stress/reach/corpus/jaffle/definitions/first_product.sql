-- key: customer_id
-- seen: https://github.com/dbt-labs/jaffle-shop/blob/main/models/marts/customers.sql
-- large: raw_orders, raw_items
SELECT c.id AS customer_id, f.order_id, i.sku, i.qty, p.name
FROM raw_customers c
JOIN LATERAL (SELECT o.id AS order_id FROM raw_orders o WHERE o.user_id = c.id AND o.status = 'completed' ORDER BY o.order_date, o.id FETCH FIRST 1 ROW ONLY) f ON true
LEFT JOIN raw_items i ON i.id = (SELECT x.id FROM raw_items x WHERE x.order_id = f.order_id ORDER BY x.qty DESC, x.id LIMIT 1)
LEFT JOIN raw_products p ON p.sku = i.sku
