INSERT INTO region VALUES (0, 'AFRICA'), (1, 'EUROPE');
INSERT INTO nation SELECT n, 'NATION ' || n, n % 2 FROM generate_series(0, 5) AS n;
INSERT INTO supplier SELECT n, 'Supplier ' || n, n % 6, n * 10.5 - 40 FROM generate_series(1, 12) AS n;
INSERT INTO part SELECT n, 'part ' || n, 'Brand#' || n % 4, (ARRAY['PROMO BRASS', 'SMALL TIN', 'PROMO TIN'])[n % 3 + 1], n % 20 FROM generate_series(1, 30) AS n;
INSERT INTO partsupp SELECT p, s, p * s, (p * s) % 13 + 0.5 FROM generate_series(1, 30) AS p, generate_series(1, 12) AS s WHERE (p + s) % 5 = 0;
INSERT INTO customer SELECT n, 'Customer ' || n, n % 6, n * 30 - 200, CASE WHEN n % 6 > 0 THEN (ARRAY['BUILDING', 'MACHINERY'])[n % 2 + 1] END FROM generate_series(1, 35) AS n;
INSERT INTO orders SELECT n, (n * n) % 38 + 1, (ARRAY['O', 'F', 'P'])[n % 3 + 1], date '2026-01-01' + n % 90, CASE WHEN n % 4 > 0 THEN n % 4 || '-P' END FROM generate_series(1, 120) AS n;
INSERT INTO lineitem SELECT o, l, (o * l) % 30 + 1, (o + l) % 12 + 1, (o * l) % 50 + 1, (o * l) % 900 + 10.25, (o + l) % 10 * 0.01, 0.05, (ARRAY['R', 'A', 'N'])[(o + l) % 3 + 1], (ARRAY['O', 'F'])[o % 2 + 1], date '2026-01-05' + o % 90 + l, date '2026-01-10' + o % 80, CASE WHEN (o + l) % 7 > 0 THEN date '2026-01-08' + o % 90 + l END FROM generate_series(1, 120) AS o, generate_series(1, 5) AS l WHERE l <= 1 + o % 5;
