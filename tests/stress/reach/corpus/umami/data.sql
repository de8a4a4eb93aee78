INSERT INTO website SELECT md5('w' || n)::uuid, 'Site ' || n, (ARRAY['UTC', 'Europe/Berlin', 'America/New_York'])[n % 3 + 1], CASE WHEN n = 5 THEN timestamptz '2026-02-01Z' END FROM generate_series(1, 5) AS n;
INSERT INTO session SELECT md5('s' || n)::uuid, md5('w' || n % 5 + 1)::uuid, (ARRAY['chrome', 'firefox', NULL])[n % 3 + 1], (ARRAY['DE', 'US', 'FR', NULL])[n % 4 + 1], timestamptz '2026-01-02Z' + n * interval '17 hours' FROM generate_series(1, 60) AS n;
INSERT INTO website_event
SELECT n, md5('w' || (n % 60 + 1) % 5 + 1)::uuid, md5('s' || n % 60 + 1)::uuid, CASE WHEN n % 11 > 0 THEN 'v' || (n * n) % 25 END,
    timestamptz '2026-01-02Z' + (n % 60 + 1) * interval '17 hours' + (n / 60) * (n % 7 + 1) * interval '9 minutes',
    '/' || (ARRAY['', 'pricing', 'docs', 'signup', 'blog/a', 'blog/b'])[(n * n) % 6 + 1], CASE WHEN n % 4 = 0 THEN 'ref' || n % 5 || '.example' END,
    CASE WHEN n % 5 = 0 THEN 2 ELSE 1 END, CASE WHEN n % 5 = 0 THEN (ARRAY['signup', 'activate', 'purchase'])[(n / 5) % 3 + 1] END,
    CASE WHEN n % 5 = 0 THEN jsonb_build_object('plan', (ARRAY['free', 'pro', 'team'])[n % 3 + 1], 'seats', n % 9, 'tags', jsonb_build_array('t' || n % 3, 't' || n % 4)) END
FROM generate_series(1, 600) AS n;
INSERT INTO revenue SELECT md5('r' || n)::uuid, md5('s' || n % 60 + 1)::uuid, n * 5, (ARRAY['EUR', 'USD'])[n % 2 + 1], n * 1.5, timestamptz '2026-01-03Z' + n * interval '13 hours' FROM generate_series(1, 80) AS n;
