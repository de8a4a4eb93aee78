INSERT INTO source SELECT 's' || n, 'Source ' || n, n % 7 = 0, n % 5 > 0 FROM generate_series(1, 12) AS n;
INSERT INTO "user" SELECT 'u' || n, CASE WHEN n % 6 > 0 THEN 'User' || n END, now() - n * interval '5 days', CASE WHEN n % 3 = 0 THEN 'u' || n / 3 END
FROM generate_series(1, 40) AS n;
INSERT INTO post (id, "sourceId", "authorId", "scoutId", type, upvotes, downvotes, comments, views, "tagsStr", "createdAt", private, deleted, "contentMeta")
SELECT 'p' || n, 's' || n % 12 + 1, CASE WHEN n % 3 > 0 THEN 'u' || n % 40 + 1 END, CASE WHEN n % 4 = 0 THEN 'u' || n % 23 + 1 END,
    (ARRAY['article', 'video:youtube', 'share', 'collection'])[n % 4 + 1]::post_type, (n * n) % 37, n % 11, n % 6, n % 90,
    CASE WHEN n % 8 > 0 THEN concat_ws(',', 'k' || n % 9, 'k' || n % 5, CASE WHEN n % 2 = 0 THEN 'web' END) END,
    now() - n * interval '11 hours', n % 13 = 0, n % 17 = 0, jsonb_build_object('translations', jsonb_build_array(jsonb_build_object('lang', 'de', 'ok', n % 2 = 0), jsonb_build_object('lang', 'fr', 'ok', n % 3 = 0)))
FROM generate_series(1, 220) AS n;
INSERT INTO post_keyword SELECT 'p' || p, 'k' || k, CASE WHEN (p + k) % 4 = 0 THEN 'deny' ELSE 'allow' END
FROM generate_series(1, 220) AS p, generate_series(1, 12) AS k WHERE (p * k) % 7 = 1;
INSERT INTO view SELECT DISTINCT 'p' || (n * 7) % 220 + 1, 'u' || (n * n) % 40 + 1, now() - (n % 50) * interval '9 hours', n % 9 = 0 FROM generate_series(1, 500) AS n ON CONFLICT DO NOTHING;
INSERT INTO comment SELECT 'c' || n, 'p' || n % 60 + 1, 'u' || (n * 3) % 40 + 1, CASE WHEN n % 4 = 0 THEN 'c' || n / 2 END, n % 8, now() - n * interval '3 hours' FROM generate_series(1, 200) AS n;
INSERT INTO hot_take SELECT md5('h' || n)::uuid, 'u' || n % 15 + 1, (n * n) % 6, timestamptz '2026-01-01Z' + (n % 20) * interval '1 hour' FROM generate_series(1, 120) AS n;
