-- key: customer_id
-- seen: https://github.com/devrimgunduz/pagila/blob/master/queries.sql
-- large: payment
SELECT customer_id, sum(amount) AS paid FROM payment GROUP BY customer_id
HAVING sum(amount) > (SELECT avg(total) FROM (SELECT sum(amount) AS total FROM payment GROUP BY customer_id) t)
