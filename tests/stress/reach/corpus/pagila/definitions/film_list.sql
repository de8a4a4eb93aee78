-- key: fid, category
-- seen: https://github.com/devrimgunduz/pagila/blob/master/pagila-schema.sql
-- large: film, film_actor
SELECT film.film_id AS fid, film.title, category.name AS category, film.rental_rate AS price, film.rating, string_agg(actor.first_name || ' ' || actor.last_name, ', ' ORDER BY actor.actor_id) AS actors
FROM category
LEFT JOIN film_category ON category.category_id = film_category.category_id
LEFT JOIN film ON film_category.film_id = film.film_id
JOIN film_actor ON film.film_id = film_actor.film_id
JOIN actor ON film_actor.actor_id = actor.actor_id
GROUP BY film.film_id, film.title, category.name, film.rental_rate, film.rating
