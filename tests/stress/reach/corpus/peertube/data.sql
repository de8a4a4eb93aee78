INSERT INTO "videoChannel" SELECT n, 'channel ' || n, n % 5 + 1 FROM generate_series(1, 12) AS n;
INSERT INTO video SELECT n, md5(n::text)::uuid, 'Video ' || n, CASE WHEN n % 5 > 0 THEN n % 6 END, CASE WHEN n % 3 > 0 THEN 'fr' END, n % 3 + 1, n % 8 = 0, n * 13 % 900, n % 4 = 0, (n * n) % 12 + 1, timestamptz '2026-01-01Z' + n * interval '9 hours' FROM generate_series(1, 80) AS n;
INSERT INTO "videoView" SELECT n, now() - n * interval '3 hours', now() - n * interval '3 hours' + interval '1 hour', n % 17, (n * n) % 85 + 1, now() - n * interval '3 hours' FROM generate_series(1, 300) AS n;
INSERT INTO "localVideoViewer" SELECT n, timestamptz '2026-02-01Z' + n * interval '2 hours', timestamptz '2026-02-01Z' + n * interval '2 hours' + n % 60 * interval '1 minute', n * 7 % 600, CASE WHEN n % 6 > 0 THEN (ARRAY['FR', 'DE', 'US'])[n % 3 + 1] END, (n * n) % 80 + 1 FROM generate_series(1, 260) AS n;
INSERT INTO "accountVideoRate" SELECT row_number() OVER (), CASE WHEN (a + v) % 4 = 0 THEN 'dislike' ELSE 'like' END, a, v FROM generate_series(1, 15) AS a, generate_series(1, 80) AS v WHERE (a * v) % 9 = 2;
INSERT INTO "videoFile" SELECT n, (ARRAY[240, 480, 720, 1080])[n % 4 + 1], n * 1000::bigint, CASE WHEN n % 7 = 0 THEN '.WEBM' ELSE '.mp4' END, CASE WHEN n % 10 > 0 THEN n % 80 + 1 END FROM generate_series(1, 200) AS n;
INSERT INTO "videoTag" SELECT v, t FROM generate_series(1, 80) AS v, generate_series(1, 9) AS t WHERE (v * t) % 7 = 4;
INSERT INTO "actorFollow" SELECT n, CASE WHEN n % 6 = 0 THEN 'pending' ELSE 'accepted' END, n % 1000, n % 13 + 1 FROM generate_series(1, 90) AS n;
