INSERT INTO accounts SELECT n, 'user' || n, CASE WHEN n % 3 = 0 THEN NULL WHEN n % 7 = 0 THEN 'Tiny.example' ELSE 'd' || n % 4 || '.example' END,
    n % 11 = 0, CASE n % 3 WHEN 0 THEN true WHEN 1 THEN false END, CASE WHEN n % 13 = 0 THEN timestamptz '2026-01-05Z' END,
    CASE WHEN n % 17 = 0 THEN timestamptz '2026-01-06Z' END, timestamptz '2025-12-01Z' + n * interval '7 hours'
FROM generate_series(1, 60) AS n;
INSERT INTO users SELECT n, n * 3, 'User' || n || '@Example.org', ('10.0.0.' || n % 5)::inet,
    CASE WHEN n % 4 > 0 THEN now() - n * interval '3 days' END, CASE WHEN n % 5 = 0 THEN NULL ELSE 'de' END, now() - n * interval '5 days'
FROM generate_series(1, 20) AS n;
INSERT INTO session_activations SELECT n, n % 20 + 1, ('10.0.1.' || n % 6)::inet, timestamptz '2026-01-01Z' + n * interval '1 hour' FROM generate_series(1, 40) AS n;
INSERT INTO login_activities SELECT n, n % 15 + 1, n % 4 > 0, ('10.0.1.' || n % 4)::inet, timestamptz '2026-01-01Z' + n * interval '50 minutes' FROM generate_series(1, 60) AS n;
INSERT INTO statuses SELECT n, (n * n) % 60 + 1, CASE WHEN n % 5 = 0 THEN n / 2 END, CASE WHEN n % 7 = 0 THEN n / 3 + 1 END, n % 4,
    n % 9 = 0, CASE WHEN n % 6 = 0 THEN NULL WHEN n % 2 = 0 THEN 'en' ELSE 'de' END, CASE WHEN n % 19 = 0 THEN timestamptz '2026-02-01Z' END,
    now() - n * interval '7 hours'
FROM generate_series(1, 240) AS n;
INSERT INTO favourites SELECT row_number() OVER (), a, s, timestamptz '2026-01-10Z' + s * interval '1 hour'
FROM generate_series(1, 30) AS a, generate_series(1, 240) AS s WHERE (a * s) % 23 = 1;
INSERT INTO follows SELECT row_number() OVER (), a, t, timestamptz '2026-01-01Z' + a * interval '1 day'
FROM generate_series(1, 60) AS a, generate_series(1, 60) AS t WHERE a <> t AND (a * t) % 13 = 3;
INSERT INTO tags SELECT n, 'tag' || n FROM generate_series(1, 12) AS n;
INSERT INTO statuses_tags SELECT s, t FROM generate_series(1, 240) AS s, generate_series(1, 12) AS t WHERE (s + t * t) % 17 = 0;
INSERT INTO domain_blocks VALUES (1, 'd1.example', 1), (2, 'gone.example', NULL);
INSERT INTO domain_allows VALUES (1, 'd2.example');
INSERT INTO follow_recommendation_suppressions VALUES (1, 3), (2, 9);
