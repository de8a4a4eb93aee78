-- key: customer_id
-- seen: https://github.com/devrimgunduz/pagila/blob/master/queries.sql
-- large: rental
SELECT r.customer_id, r.rental_id, r.rental_date, f.title
FROM rental r JOIN inventory i ON i.inventory_id = r.inventory_id JOIN film f ON f.film_id = i.film_id
WHERE r.rental_id = (SELECT max(r2.rental_id) FROM rental r2 WHERE r2.customer_id = r.customer_id)
