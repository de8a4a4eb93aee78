INSERT INTO journal_entry VALUES (901, '2026-02-15', 'REF1', NULL, 'GL');
INSERT INTO journal_line VALUES (901, 1, 3, 100, NULL, 'CC1'), (901, 2, 4, NULL, 60, NULL), (901, 3, 5, NULL, 40, NULL);
INSERT INTO bank_line VALUES (901, 3, '2026-02-15', 100, 901);
-- then --
UPDATE journal_line SET account_id = 2 WHERE account_id = 9;
UPDATE journal_line SET cost_centre = CASE WHEN cost_centre IS NULL THEN 'CC9' END WHERE entry_id % 6 = 0;
-- then --
DELETE FROM journal_line WHERE entry_id BETWEEN 20 AND 25;
DELETE FROM journal_entry WHERE id BETWEEN 20 AND 25;
DELETE FROM bank_line WHERE matched_entry IN (20, 22);
-- then --
UPDATE journal_entry SET posted_on = posted_on + 31 WHERE id % 9 = 0;
UPDATE journal_entry SET reversed_by = NULL, book = 'GL' WHERE id % 30 = 0;
-- then --
UPDATE fx_rate SET rate = 2 WHERE currency = 'USD' AND valid_from > '2026-01-15';
INSERT INTO fx_rate VALUES ('USD', '2026-01-03', 1.5);
DELETE FROM fx_rate WHERE currency = 'USD' AND valid_from = '2025-12-21';
-- then --
UPDATE account SET parent_id = 2, kind = 'expense' WHERE id IN (5, 6);
UPDATE account SET currency = 'USD', name = 'Renamed' WHERE id = 8;
DELETE FROM account WHERE id = 23;
-- then --
TRUNCATE budget;
UPDATE fiscal_setting SET year_start = '2025-12-15';
-- then --
INSERT INTO budget SELECT a, '2026-02-01', 50 FROM generate_series(1, 10) AS a;
UPDATE bank_line SET matched_entry = CASE WHEN matched_entry IS NULL THEN 5 END WHERE id % 6 = 0;
UPDATE bank_line SET account_id = 7, amount = -amount WHERE id % 10 = 1;
-- then --
DELETE FROM journal_line WHERE line_no = 2 AND entry_id % 11 = 0;
DELETE FROM bank_line WHERE account_id = 4;
INSERT INTO budget VALUES (27, '2026-03-01', 9);
