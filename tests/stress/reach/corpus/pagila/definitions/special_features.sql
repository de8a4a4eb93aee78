-- key: feature
-- seen: https://github.com/devrimgunduz/pagila/blob/master/pagila-schema.sql
-- large: film
SELECT feature, count(*) AS films, min(ord) AS first_position, avg(rental_rate) AS avg_rate
FROM film, unnest(special_features) WITH ORDINALITY AS f(feature, ord)
GROUP BY feature
