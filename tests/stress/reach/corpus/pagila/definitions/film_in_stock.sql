-- key: film_id, store_id
-- seen: https://github.com/devrimgunduz/pagila/blob/master/pagila-schema.sql
-- large: inventory, rental
SELECT i.film_id, i.store_id, count(*) AS copies, count(*) FILTER (WHERE NOT EXISTS (SELECT 1 FROM rental r WHERE r.inventory_id = i.inventory_id AND r.return_date IS NULL)) AS in_stock
FROM inventory i GROUP BY i.film_id, i.store_id
