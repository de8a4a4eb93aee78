-- key: customer_id, date_month
-- seen: https://github.com/dbt-labs/mrr-playbook/blob/master/models/customer_churn_month.sql
-- seen: https://github.com/dbt-labs/mrr-playbook/blob/master/models/mrr.sql
-- large: stripe_subscriptions
WITH months AS (SELECT generate_series(timestamp '2025-06-01', timestamp '2026-03-01', interval '1 month')::date AS date_month),
customers AS (SELECT customer_id, date_trunc('month', min(started_at) AT TIME ZONE 'UTC')::date AS first_month FROM stripe_subscriptions GROUP BY customer_id),
revenue AS (
    SELECT c.customer_id, m.date_month, coalesce(sum(s.mrr), 0) AS mrr
    FROM customers c JOIN months m ON m.date_month >= c.first_month
    LEFT JOIN stripe_subscriptions s ON s.customer_id = c.customer_id AND (s.started_at AT TIME ZONE 'UTC')::date < m.date_month + interval '1 month' AND (s.canceled_at IS NULL OR (s.canceled_at AT TIME ZONE 'UTC')::date >= m.date_month)
    GROUP BY c.customer_id, m.date_month
), lagged AS (
    SELECT *, lag(mrr, 1, 0::numeric) OVER (PARTITION BY customer_id ORDER BY date_month) AS previous FROM revenue
)
SELECT customer_id, date_month, mrr, mrr - previous AS mrr_change,
    CASE WHEN previous = 0 AND mrr > 0 AND min(date_month) FILTER (WHERE mrr > 0) OVER (PARTITION BY customer_id) = date_month THEN 'new' WHEN previous = 0 AND mrr > 0 THEN 'reactivation'
        WHEN previous > 0 AND mrr = 0 THEN 'churn' WHEN mrr > previous THEN 'upgrade' WHEN mrr < previous THEN 'downgrade' END AS change_category
FROM lagged
