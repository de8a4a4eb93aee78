INSERT INTO blocks VALUES (151, sha256('b151'), 1767225600 + 151 * 7200, NULL, 5, true);
INSERT INTO transactions SELECT sha256(('n' || n)::bytea), 151, substr(sha256(('a' || n)::bytea), 1, 20), substr(sha256(('z' || n)::bytea), 1, 20), NULL, n, 1, 1, 1 FROM generate_series(1, 9) AS n;
INSERT INTO token_transfers SELECT sha256(('n' || n)::bytea), 0, 151, substr(sha256('c1'), 1, 20), substr(sha256(('a' || n)::bytea), 1, 20), substr(sha256(('z' || n)::bytea), 1, 20), 5, NULL FROM generate_series(1, 9) AS n;
-- then --
UPDATE blocks SET consensus = false WHERE number BETWEEN 140 AND 145;
DELETE FROM transactions WHERE block_number = 144;
-- then --
UPDATE transactions SET status = 0 WHERE status IS NULL;
UPDATE transactions SET value = value + 1 WHERE "from" = substr(sha256('a4'), 1, 20);
-- then --
DELETE FROM token_transfers WHERE log_index % 11 = 0;
UPDATE token_transfers SET to_address = from_address WHERE log_index % 17 = 0;
-- then --
UPDATE tokens SET symbol = 'TK9', decimals = NULL WHERE symbol = 'TK1';
DELETE FROM tokens WHERE symbol = 'TK2';
INSERT INTO prices VALUES ('TK9', '2026-01-04Z', 3), ('TK3', '2026-01-20Z', 1);
-- then --
DELETE FROM prices WHERE at < '2026-01-05Z';
UPDATE blocks SET timestamp = timestamp + 86400 WHERE number % 10 = 3;
UPDATE blocks SET miner = NULL WHERE number % 25 = 0;
-- then --
DELETE FROM blocks WHERE number > 148;
UPDATE token_transfers SET token_ids = NULL, amount = 1 WHERE log_index % 20 = 4;
TRUNCATE prices;
