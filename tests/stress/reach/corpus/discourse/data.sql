INSERT INTO users SELECT n, 'user' || n, n % 5, n % 10 > 0, CASE WHEN n % 12 = 0 THEN timestamp '2026-05-01' END,
    CASE WHEN n % 6 > 0 THEN now()::timestamp - n * interval '2 days' END, timestamp '2025-01-01' + n * interval '3 days' FROM generate_series(1, 40) AS n;
INSERT INTO user_emails SELECT n, n % 40 + 1, 'U' || n % 40 || CASE WHEN n > 40 THEN '+x' ELSE '' END || '@Mail' || n % 3 || '.example', n <= 40 FROM generate_series(1, 60) AS n;
INSERT INTO categories SELECT n, 'Category ' || n, CASE WHEN n > 4 THEN n - 4 END, n = 3 FROM generate_series(1, 9) AS n;
INSERT INTO topics SELECT n, 'Topic ' || n, CASE WHEN n % 14 > 0 THEN (n * n) % 40 + 1 END, CASE WHEN n % 8 > 0 THEN n % 7 + 1 END,
    CASE WHEN n % 10 = 0 THEN 'private_message' ELSE 'regular' END, n % 13 > 0, n * 7 % 100, timestamp '2026-01-01' + n * interval '9 hours',
    timestamp '2026-02-01' + n % 20 * interval '9 hours', CASE WHEN n % 15 = 0 THEN timestamp '2026-02-15' END FROM generate_series(1, 80) AS n;
INSERT INTO posts SELECT t * 10 + p, t, CASE WHEN (t + p) % 17 > 0 THEN (t * p) % 40 + 1 END, p, CASE WHEN p > 2 THEN p - 2 END, repeat('x', t % 7 * p), CASE WHEN p = 5 THEN 3 ELSE 1 END,
    (t + p) % 19 = 0, timestamp '2026-01-01' + t * interval '9 hours' + p * interval '7 hours', CASE WHEN (t * p) % 21 = 0 THEN timestamp '2026-02-16' END
FROM generate_series(1, 80) AS t, generate_series(1, 8) AS p WHERE p <= 1 + t % 8;
INSERT INTO user_actions SELECT n, CASE WHEN n % 3 = 0 THEN 1 ELSE 2 END, n % 40 + 1, n % 80 + 1, (n % 80 + 1) * 10 + 1, (n * 3) % 40 + 1, timestamp '2026-01-05' + n * interval '3 hours' FROM generate_series(1, 200) AS n;
INSERT INTO topic_users SELECT u, t, (u + t) % 4, CASE WHEN (u * t) % 3 > 0 THEN (u + t) % 6 END, CASE WHEN (u + t) % 2 = 0 THEN timestamp '2026-02-01' END
FROM generate_series(1, 40) AS u, generate_series(1, 80) AS t WHERE (u * t) % 11 = 5;
INSERT INTO user_visits SELECT row_number() OVER (), u, current_date - d, u * d % 7 FROM generate_series(1, 40) AS u, generate_series(0, 60) AS d WHERE (u + d * d) % 9 = 0;
INSERT INTO badges SELECT n, 'Badge ' || n, n % 2 = 0 FROM generate_series(1, 6) AS n;
INSERT INTO user_badges SELECT n, n % 6 + 1, (n * n) % 40 + 1, timestamp '2026-01-20' + n % 9 * interval '1 day', CASE WHEN n % 2 = 0 THEN n * 10 + 1 END FROM generate_series(1, 70) AS n;
INSERT INTO site_settings VALUES (1, 'min_likes', '2'), (2, 'title', 'Forum');
