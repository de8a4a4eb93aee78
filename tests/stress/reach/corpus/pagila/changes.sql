INSERT INTO rental VALUES (901, '2026-02-20Z', 3, 5, NULL), (902, '2026-03-20Z', 4, 41, NULL);
INSERT INTO payment VALUES (901, 5, 901, 9.99, '2026-02-20Z'), (902, 41, 902, 1.99, '2026-04-20Z');
INSERT INTO customer VALUES (41, 2, 'New', 'Customer', 'c1@sakila.EXAMPLE', true);
-- then --
UPDATE payment SET payment_date = payment_date + interval '31 days' WHERE payment_id % 9 = 0;
UPDATE payment SET amount = 0, customer_id = 3 WHERE payment_id % 14 = 0;
-- then --
UPDATE rental SET return_date = CASE WHEN return_date IS NULL THEN timestamptz '2026-04-01Z' END WHERE rental_id % 4 = 0;
DELETE FROM payment WHERE rental_id BETWEEN 50 AND 60;
DELETE FROM rental WHERE rental_id BETWEEN 50 AND 60;
-- then --
UPDATE film_category SET category_id = 6 WHERE film_id % 8 = 3 AND category_id <> 6;
DELETE FROM category WHERE category_id = 4;
UPDATE category SET name = 'Renamed' WHERE category_id = 5;
-- then --
DELETE FROM film_actor WHERE film_id IN (5, 6, 18);
DELETE FROM inventory WHERE film_id = 5;
DELETE FROM film WHERE film_id IN (5, 6);
INSERT INTO film VALUES (61, 'LATE', NULL, 4.99, 90, 'NC-17', '{Commentaries}');
-- then --
UPDATE film SET special_features = CASE WHEN special_features IS NULL THEN '{Trailers,New}'::text[] END, rating = NULL WHERE film_id % 6 = 0;
UPDATE film SET length = NULL, rental_rate = 2.99 WHERE film_id % 10 = 1;
-- then --
UPDATE inventory SET store_id = 3 WHERE inventory_id % 7 = 0;
UPDATE store SET city = 'Somewhere' WHERE store_id = 3;
UPDATE customer SET email = upper(email), activebool = NOT activebool WHERE customer_id % 6 = 0;
-- then --
TRUNCATE payment_p2026_02;
-- then --
INSERT INTO payment SELECT 2000 + n, n % 41 + 1, n, 3.50, timestamptz '2026-02-05Z' + n * interval '1 hour' FROM generate_series(1, 60) AS n;
INSERT INTO film_actor SELECT a, 61 FROM generate_series(1, 5) AS a;
UPDATE actor SET first_name = 'Renamed' WHERE actor_id % 10 = 0;
DELETE FROM actor WHERE actor_id = 3;
