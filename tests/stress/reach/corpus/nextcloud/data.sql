INSERT INTO oc_storages SELECT n, 'home::user' || n, n % 5 / 1 FROM generate_series(1, 10) AS n;
INSERT INTO oc_mimetypes SELECT n, (ARRAY['httpd', 'httpd/unix-directory', 'image/png', 'image/jpeg', 'text/plain', 'video/mp4'])[n] FROM generate_series(1, 6) AS n;
INSERT INTO oc_filecache SELECT n, (n * n) % 10 + 1, CASE WHEN n % 9 > 0 THEN 'files/' || n END, md5(n::text), CASE WHEN n > 12 THEN n / 4 ELSE -1 END, CASE WHEN n % 9 > 0 THEN n || '.' || (ARRAY['png', 'JPG', 'jpg', 'txt'])[n % 4 + 1] END, CASE WHEN n < 50 THEN 2 ELSE n % 5 + 2 END, n * 1000, 1767225600 + n * 3600 FROM generate_series(1, 240) AS n;
INSERT INTO oc_share SELECT n, n % 3, CASE WHEN n % 3 = 0 THEN 'user' || n % 12 WHEN n % 3 = 1 THEN 'group' || n % 4 END, 'user' || n % 10 + 1, CASE WHEN n % 12 > 0 THEN (n * n) % 260 + 1 END, n % 32, CASE WHEN n % 4 = 0 THEN now()::timestamp + (n - 60) * interval '1 day' END, n % 2 FROM generate_series(1, 120) AS n;
INSERT INTO oc_group_user SELECT 'group' || g, 'user' || u FROM generate_series(0, 4) AS g, generate_series(1, 12) AS u WHERE (g + u) % 3 = 0;
INSERT INTO oc_systemtag SELECT n, CASE WHEN n % 2 = 0 THEN 'Tag' ELSE 'tag' END || n / 2, n % 3 FROM generate_series(1, 8) AS n;
INSERT INTO oc_systemtag_object_mapping SELECT f::text, 'files', t FROM generate_series(1, 260) AS f, generate_series(1, 9) AS t WHERE (f * t) % 23 = 7;
INSERT INTO oc_preferences SELECT 'user' || u, a, k, CASE WHEN (u + length(k)) % 5 > 0 THEN (u % 4)::text END FROM generate_series(1, 12) AS u, unnest(ARRAY['core', 'files']) AS a, unnest(ARRAY['lang', 'quota', 'enabled']) AS k;
