INSERT INTO "Artist" SELECT n, CASE WHEN n % 9 > 0 THEN 'Artist ' || n END FROM generate_series(1, 25) AS n;
INSERT INTO "Album" SELECT n, 'Album ' || n, (n * n) % 25 + 1 FROM generate_series(1, 40) AS n;
INSERT INTO "Genre" SELECT n, 'Genre ' || n FROM generate_series(1, 7) AS n;
INSERT INTO "Track" SELECT n, 'Track ' || n, CASE WHEN n % 11 > 0 THEN n % 40 + 1 END, CASE WHEN n % 6 > 0 THEN (n * n) % 7 + 1 END, n * 1000 % 7000, CASE WHEN n % 5 = 0 THEN 1.99 ELSE 0.99 END FROM generate_series(1, 160) AS n;
INSERT INTO "Employee" SELECT n, 'E' || n, CASE WHEN n > 1 THEN n / 2 END FROM generate_series(1, 9) AS n;
INSERT INTO "Customer" SELECT n, 'First' || n, 'Last' || n, CASE WHEN n % 7 > 0 THEN (ARRAY['Germany', 'Brazil', 'USA', 'USA'])[n % 4 + 1] END, 'C' || n || '@Mail.example', CASE WHEN n % 8 > 0 THEN n % 4 + 3 END FROM generate_series(1, 30) AS n;
INSERT INTO "Invoice" SELECT n, (n * n) % 30 + 1, timestamp '2025-01-01' + n * interval '5 days', CASE WHEN n % 6 > 0 THEN (ARRAY['Germany', 'Brazil', 'USA'])[n % 3 + 1] END, n % 20 + 0.99 FROM generate_series(1, 100) AS n;
INSERT INTO "InvoiceLine" SELECT n, n % 100 + 1, (n * n) % 160 + 1, CASE WHEN n % 4 = 0 THEN 1.99 ELSE 0.99 END, n % 3 + 1 FROM generate_series(1, 260) AS n;
INSERT INTO "PlaylistTrack" SELECT p, t FROM generate_series(1, 8) AS p, generate_series(1, 160) AS t WHERE (p * t) % 9 = 4;
