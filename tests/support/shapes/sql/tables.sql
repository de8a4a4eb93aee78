-- The tables that all shapes read. A hundred items a minute begin and become due: in the middle of the table at the moment
-- when it is made. Accounts have ten items, ten archived ones and ten payments each, however many there are.
CREATE SCHEMA {schema};
SET search_path = {schema};
CREATE TABLE accounts (id bigint PRIMARY KEY, region int NOT NULL, name text NOT NULL);
INSERT INTO accounts SELECT n, n % 10, 'account ' || n FROM generate_series(1, {rows} / 10) AS n;
CREATE INDEX ON accounts (name);
CREATE TABLE profiles (account_id bigint PRIMARY KEY, bio text NOT NULL);
INSERT INTO profiles SELECT n, 'bio ' || n FROM generate_series(1, {rows} / 10) AS n;
CREATE TABLE items (
    id bigint PRIMARY KEY, account_id bigint NOT NULL, state int NOT NULL, score int NOT NULL, note text NOT NULL,
    began_at timestamptz NOT NULL, due_at timestamptz NOT NULL, tags text[] NOT NULL, facts jsonb NOT NULL
);
INSERT INTO items
SELECT n, (n - 1) / 10 + 1, n % 4, n % 97, 'note ' || n, began_at, began_at + interval '30 days',
    ARRAY['tag ' || n % 50, 'tag ' || n % 7], jsonb_build_object('size', n % 10, 'colour', n % 3)
FROM generate_series(1, {rows}) AS n
CROSS JOIN LATERAL (SELECT now() - interval '30 days' + (n - {rows} / 2) * interval '600 ms') AS t (began_at);
CREATE INDEX ON items (account_id);
CREATE INDEX ON items (state);
CREATE INDEX ON items (began_at);
CREATE INDEX ON items (due_at);
CREATE TABLE archived (
    id bigint PRIMARY KEY, account_id bigint NOT NULL, state int NOT NULL, score int NOT NULL, note text NOT NULL
);
INSERT INTO archived SELECT {rows} + n, (n - 1) / 10 + 1, n % 3, n % 89, 'old note ' || n FROM generate_series(1, {rows}) AS n;
CREATE INDEX ON archived (account_id);
CREATE TABLE payments (id bigint PRIMARY KEY, item_id bigint NOT NULL, payer_id bigint NOT NULL, amount numeric(10, 2) NOT NULL);
INSERT INTO payments SELECT n, n, n / 10 * 7 % ({rows} / 10) + 1, n % 20 FROM generate_series(1, {rows}) AS n;
CREATE INDEX ON payments (item_id);
CREATE INDEX ON payments (payer_id);
CREATE VIEW open_items AS SELECT id, account_id, state, score, note FROM items WHERE state <> 3;
CREATE VIEW cards AS
SELECT i.id, i.score, i.note, a.id AS account_id, a.name AS account
FROM open_items AS i
JOIN accounts AS a ON a.id = i.account_id;
CREATE VIEW all_items AS
SELECT id, account_id, score FROM items
UNION ALL
SELECT id, account_id, score FROM archived;
CREATE VIEW all_scores AS SELECT u.account_id, a.region, u.score FROM all_items AS u JOIN accounts AS a ON a.id = u.account_id;
ANALYZE;
