INSERT INTO fiscal_setting VALUES (true, '2026-01-01', 'EUR');
INSERT INTO account SELECT n, (1000 + n * 10)::text, CASE WHEN n % 9 > 0 THEN 'Account ' || n END, (ARRAY['asset', 'liability', 'income', 'expense'])[n % 4 + 1], CASE WHEN n > 4 THEN n / 4 END, (ARRAY['EUR', 'USD', 'EUR'])[n % 3 + 1] FROM generate_series(1, 24) AS n;
INSERT INTO journal_entry SELECT n, date '2025-12-01' + n, CASE WHEN n % 7 > 0 THEN 'REF' || n % 40 END, CASE WHEN n % 15 = 0 THEN n + 1 END, CASE WHEN n % 10 = 0 THEN 'TAX' ELSE 'GL' END FROM generate_series(1, 110) AS n;
INSERT INTO journal_line SELECT e, 1, (e * e) % 24 + 1, e * 1.25, NULL, CASE WHEN e % 3 > 0 THEN 'CC' || e % 4 END FROM generate_series(1, 110) AS e;
INSERT INTO journal_line SELECT e, 2, (e * 5) % 24 + 1, NULL, e * 1.25, CASE WHEN e % 4 > 0 THEN 'cc' || e % 3 END FROM generate_series(1, 110) AS e;
INSERT INTO fx_rate SELECT c, date '2025-12-01' + m * 20, 1 + m * 0.015 FROM unnest(ARRAY['USD', 'GBP']) AS c, generate_series(0, 6) AS m;
INSERT INTO budget SELECT a, (date '2026-01-01' + m * interval '1 month')::date, a * 10 + m FROM generate_series(1, 26) AS a, generate_series(0, 3) AS m WHERE (a + m) % 3 > 0;
INSERT INTO bank_line SELECT n, n % 6 + 1, date '2025-12-05' + n, CASE WHEN n % 4 = 0 THEN -n ELSE n * 1.25 END, CASE WHEN n % 3 > 0 THEN n END FROM generate_series(1, 90) AS n;
