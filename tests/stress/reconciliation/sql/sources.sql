-- Lower IDs have NULLs of every kind; owners and papers of the writers are others than those below.
CREATE SCHEMA shapes;
SET search_path = shapes;
CREATE TABLE things (
    id bigint PRIMARY KEY, owner integer, label text, price numeric(12, 2), ratio numeric, happened timestamptz, day date,
    shown boolean, tags text[], doc json, body jsonb, place point, raw bytea, ref uuid
);
INSERT INTO things
SELECT n, CASE WHEN n > 30000 OR n % 97 > 0 THEN n / 50 END, nullif('label ' || n % 7, 'label 3'), n / 4.0, n / 7.0,
    timestamptz '2026-01-01 00:00:00+00' + make_interval(mins => n), nullif(date '2026-01-01' + n % 400, '2026-01-05'),
    nullif(n % 3, 2) = 1, CASE n % 5 WHEN 0 THEN NULL WHEN 1 THEN '{}' ELSE ARRAY['a', 'tag ' || n % 9, 'b'] END,
    json_build_object('n', n), jsonb_build_object('n', n), point(n, 1), decode(lpad(to_hex(n), 8, '0'), 'hex'),
    md5(n::text)::uuid
FROM generate_series(1, 40000) AS n;
CREATE INDEX ON things (owner);
CREATE TABLE papers (id uuid PRIMARY KEY, body text NOT NULL, seen timestamptz);
INSERT INTO papers
SELECT lpad(to_hex(n), 32, CASE WHEN n > 30000 THEN 'f' ELSE '0' END)::uuid, 'paper ' || n, NULL
FROM generate_series(1, 40000) AS n;
ANALYZE things;
ANALYZE papers;
