INSERT INTO "user" SELECT n, 'u' || n, n % 5 / 4, n % 9 > 0 FROM generate_series(1, 25) AS n;
INSERT INTO repository SELECT n, n % 25 + 1, 'r' || n, n % 7 = 0, CASE WHEN n % 4 = 0 THEN true END, CASE WHEN n % 4 = 0 THEN n / 4 END, n * 100 FROM generate_series(1, 50) AS n;
INSERT INTO issue SELECT n, (n * n) % 50 + 1, n, CASE WHEN n % 11 > 0 THEN n % 25 + 1 END, n % 3 = 0, n % 4 = 0, CASE WHEN n % 5 > 2 THEN extract(epoch FROM now())::bigint + (n - 90) * 7200 END, 1767225600 + n * 20000 FROM generate_series(1, 180) AS n;
INSERT INTO comment SELECT n, n % 4, CASE WHEN n % 20 > 0 THEN (n * n) % 180 + 1 END, n % 25 + 1, 1767225600 + n * 11000 FROM generate_series(1, 350) AS n;
INSERT INTO star SELECT row_number() OVER (), u, r FROM generate_series(1, 25) AS u, generate_series(1, 50) AS r WHERE (u * r) % 7 = 2;
INSERT INTO watch SELECT row_number() OVER (), u, r, (u + r) % 4 FROM generate_series(1, 25) AS u, generate_series(1, 50) AS r WHERE (u * r) % 9 = 5;
INSERT INTO action SELECT n, (n * n) % 25 + 1, n % 6, n % 25 + 1, CASE WHEN n % 9 > 0 THEN n % 50 + 1 END, n % 13 = 0, 1767225600 + n * 9000 FROM generate_series(1, 300) AS n;
INSERT INTO language_stat SELECT row_number() OVER (), r, l, r * 10 + length(l), l = 'Go' FROM generate_series(1, 50) AS r, unnest(ARRAY['Go', 'C', 'Python', 'SQL']) AS l WHERE (r + length(l)) % 3 > 0;
