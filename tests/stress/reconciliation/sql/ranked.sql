SELECT id, price, rank() OVER (ORDER BY price DESC NULLS LAST) AS place
FROM things
