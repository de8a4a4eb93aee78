INSERT INTO page SELECT n, n % 3 * 2, 'Title ' || n, n % 9 / 8, n * 10, n * 33 FROM generate_series(1, 80) AS n;
INSERT INTO actor SELECT n, CASE WHEN n % 4 > 0 THEN n END, CASE WHEN n % 4 > 0 THEN 'User ' || n ELSE '10.0.0.' || n END FROM generate_series(1, 20) AS n;
INSERT INTO revision SELECT n, (n * n) % 85 + 1, n % 20 + 1, timestamptz '2026-01-01Z' + n * interval '3 hours', n % 3 / 2, CASE WHEN n % 14 > 0 THEN n * 7 % 900 END, CASE WHEN n % 5 > 0 THEN n - 1 END FROM generate_series(1, 360) AS n;
INSERT INTO pagelinks SELECT f, t % 3 * 2, 'Title ' || t FROM generate_series(1, 80) AS f, generate_series(1, 95) AS t WHERE (f * t) % 27 = 11;
INSERT INTO categorylinks SELECT p, 'Cat ' || c, CASE WHEN p % 7 = 0 THEN 'subcat' ELSE 'page' END FROM generate_series(1, 80) AS p, generate_series(1, 9) AS c WHERE (p * c) % 8 = 3;
INSERT INTO watchlist SELECT row_number() OVER (), u, p % 3 * 2, 'Title ' || p, CASE WHEN (u + p) % 3 = 0 THEN timestamptz '2026-02-01Z' END FROM generate_series(1, 20) AS u, generate_series(1, 80) AS p WHERE (u * p) % 13 = 6;
