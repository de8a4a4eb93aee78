-- key: email
-- seen: https://github.com/devrimgunduz/pagila/blob/master/pagila-schema.sql
-- large: customer, payment
SELECT lower(c.email) AS email, count(DISTINCT c.customer_id) AS customers, sum(p.amount) AS paid
FROM customer c LEFT JOIN payment p ON p.customer_id = c.customer_id
WHERE c.email IS NOT NULL
GROUP BY lower(c.email)
