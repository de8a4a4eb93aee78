-- key: month
-- seen: https://github.com/devrimgunduz/pagila/blob/master/pagila-schema.sql
-- large: payment
SELECT date_trunc('month', payment_date) AS month, sum(amount) AS revenue, count(DISTINCT customer_id) AS customers
FROM payment GROUP BY date_trunc('month', payment_date)
