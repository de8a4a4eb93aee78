INSERT INTO person SELECT n, 'person' || n, n % 3 > 0, n % 11 = 0, n % 9 = 0, now() - n * interval '9 days' FROM generate_series(1, 45) AS n;
INSERT INTO community SELECT n, 'c' || n, (ARRAY['Public', 'Unlisted', 'LocalOnly'])[n % 3 + 1]::listing, n % 8 = 0, n % 9 = 0, n % 4 = 0 FROM generate_series(1, 14) AS n;
INSERT INTO post SELECT n, 'Post ' || n, CASE WHEN n % 4 > 0 THEN 'https://e' || n % 5 || '.example/' || n % 30 END, (n * n) % 45 + 1, (n % 5) * (n % 3) + 1, n % 16 = 0, n % 21 = 0, now() - n * interval '11 hours' FROM generate_series(1, 130) AS n;
INSERT INTO comment SELECT n, (n * 7) % 45 + 1, (n * n) % 130 + 1, '0.' || n, CASE WHEN n % 3 = 0 THEN n / 3 END, n % 22 = 0, n % 25 = 0, now() - n * interval '5 hours' FROM generate_series(1, 260) AS n;
INSERT INTO post_like SELECT p, q, CASE WHEN (p + q) % 6 = 0 THEN -1 ELSE 1 END, now() - q * interval '10 hours' FROM generate_series(1, 45) AS p, generate_series(1, 130) AS q WHERE (p * q) % 17 IN (2, 5);
INSERT INTO comment_like SELECT p, c, CASE WHEN (p + c) % 4 = 0 THEN -1 ELSE 1 END, now() - c * interval '5 hours' FROM generate_series(1, 45) AS p, generate_series(1, 260) AS c WHERE (p * c) % 31 = 2;
INSERT INTO community_follower SELECT c, p, (p + c) % 5 = 0, now() - p * interval '3 days' FROM generate_series(1, 14) AS c, generate_series(1, 45) AS p WHERE (p * c) % 4 = 1;
INSERT INTO community_moderator SELECT n, n * 2 FROM generate_series(1, 14) AS n;
INSERT INTO local_site VALUES (1, 'Site', false, 3);
