-- key: customer_id
-- seen: https://github.com/dbt-labs/mrr-playbook/blob/master/models/customer_churn_month.sql
-- large: raw_orders, raw_customers
-- time: yes
SELECT c.id AS customer_id, max(o.order_date) AS last_order, CASE WHEN max(o.order_date) IS NULL THEN 'never' WHEN max(o.order_date) < CURRENT_DATE - 365 THEN 'lost' WHEN max(o.order_date) < CURRENT_DATE - interval '10 months' THEN 'dormant' ELSE 'active' END AS state
FROM raw_customers c LEFT JOIN raw_orders o ON o.user_id = c.id AND o.order_date <= CURRENT_DATE
GROUP BY c.id
