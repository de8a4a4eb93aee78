-- key: store_id, position
-- seen: https://github.com/devrimgunduz/pagila/blob/master/queries.sql
-- large: rental, inventory
SELECT store_id, position, film_id, rentals
FROM (
    SELECT i.store_id, i.film_id, count(*) AS rentals, row_number() OVER w AS position
    FROM rental r JOIN inventory i USING (inventory_id)
    GROUP BY i.store_id, i.film_id
    WINDOW w AS (PARTITION BY i.store_id ORDER BY count(*) DESC, i.film_id)
) ranked
WHERE position <= 5
