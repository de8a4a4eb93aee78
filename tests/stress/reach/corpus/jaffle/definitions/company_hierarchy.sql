-- key: company, customer_id
-- seen: https://github.com/fivetran/dbt_salesforce/blob/main/models/salesforce__owner_performance.sql
-- large: raw_orders, raw_customers
SELECT COALESCE(c.company_id, -c.id) AS company, c.id AS customer_id, t.total, t.total = max(t.total) OVER (PARTITION BY COALESCE(c.company_id, -c.id)) AS is_largest, rank() OVER (PARTITION BY COALESCE(c.company_id, -c.id) ORDER BY t.total DESC NULLS LAST) AS place
FROM raw_customers c LEFT JOIN (SELECT o.user_id, sum(p.amount) AS total FROM raw_orders o JOIN raw_payments p ON p.order_id = o.id GROUP BY o.user_id) t ON t.user_id = c.id
