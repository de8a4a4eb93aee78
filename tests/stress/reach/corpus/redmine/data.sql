INSERT INTO projects SELECT n, 'Project ' || n, CASE WHEN n > 3 THEN n / 3 END, n, 30 - n, CASE WHEN n % 7 = 0 THEN 9 ELSE 1 END FROM generate_series(1, 15) AS n;
INSERT INTO users SELECT n, 'u' || n, 'Name ' || n % 6, 1 + n % 8 / 7 * 2 FROM generate_series(1, 16) AS n;
INSERT INTO issue_statuses VALUES (1, 'New', false), (2, 'Open', false), (3, 'Closed', true), (4, 'Rejected', true);
INSERT INTO versions SELECT n, n % 15 + 1, '1.' || n, CASE WHEN n % 4 > 0 THEN current_date + n * 3 - 20 END, 'none' FROM generate_series(1, 14) AS n;
INSERT INTO issues SELECT n, (n * n) % 15 + 1, 'Issue ' || n, n % 4 + 1, CASE WHEN n % 6 > 0 THEN n % 18 + 1 END, CASE WHEN n % 3 > 0 THEN n % 14 + 1 END, CASE WHEN n % 4 = 0 THEN n / 4 END, n, n % 11 * 10, CASE WHEN n % 5 > 0 THEN n % 9 + 0.5 END, CASE WHEN n % 3 = 0 THEN current_date + n - 80 END FROM generate_series(1, 160) AS n;
INSERT INTO time_entries SELECT n, (n * n) % 15 + 1, n % 16 + 1, CASE WHEN n % 9 > 0 THEN (n * n) % 165 + 1 END, n % 7 + 0.25, n % 3, current_date - n % 70 FROM generate_series(1, 300) AS n;
INSERT INTO journals SELECT n, (n * n) % 160 + 1, n % 16 + 1, CASE WHEN n % 4 > 0 THEN 'note ' || n END, timestamp '2026-01-01' + n * interval '5 hours' FROM generate_series(1, 200) AS n;
INSERT INTO journal_details SELECT n, n % 200 + 1, CASE WHEN n % 3 = 0 THEN 'done_ratio' ELSE 'status_id' END, (n % 4 + 1)::text, ((n + 1) % 4 + 1)::text FROM generate_series(1, 260) AS n;
INSERT INTO custom_values SELECT n, CASE WHEN n % 5 = 0 THEN 'Project' ELSE 'Issue' END, n % 160 + 1, n % 3 + 1, CASE WHEN n % 7 > 0 THEN 'v' || n % 4 END FROM generate_series(1, 220) AS n;
