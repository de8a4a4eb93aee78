-- Sample data for `topics`: deterministic (hashes, no random()), Zipf-skewed tags, gaps in the IDs.
-- %(scale)s entries; 400 tags, 60 topics. u(k, seed) is uniform in [0, 1).

CREATE FUNCTION pg_temp.u(k bigint, seed bigint) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (hashint8extended(k, seed) & 9007199254740991)::double precision / 9007199254740992;

CREATE TEMPORARY TABLE sample_tag AS
SELECT n, CASE n
        WHEN 1 THEN 'Horacio Cartes'
        WHEN 2 THEN 'Santiago Peña'
        WHEN 3 THEN 'Ñandutí'
        WHEN 4 THEN 'O''Higgins'
        WHEN 5 THEN '"La Nación"'
        WHEN 6 THEN 'fútbol ⚽'
        WHEN 7 THEN 'Itaipú'
        WHEN 8 THEN '100 %% soja'
        ELSE (ARRAY['elecciones', 'economía', 'senado', 'salud', 'clima', 'justicia', 'frontera', 'energía'])[n %% 8 + 1]
            || ' ' || n
    END AS tag
FROM generate_series(1, 400) AS n;
CREATE UNIQUE INDEX ON sample_tag (n);

INSERT INTO topics.topics (id, name)
OVERRIDING SYSTEM VALUE
SELECT n, CASE n WHEN 1 THEN 'Honor Colorado' ELSE 'Topic ' || n END
FROM generate_series(1, 60) AS n;

-- "Honor Colorado" has its two tags; every other topic two to six, some of them shared between topics.
INSERT INTO topics.topic_tags (topic_id, tag)
SELECT 1, tag FROM sample_tag WHERE n IN (1, 2)
UNION
SELECT t, s.tag
FROM generate_series(2, 60) AS t
CROSS JOIN LATERAL generate_series(1, 2 + t %% 5) AS slot
JOIN sample_tag AS s ON s.n = 3 + floor(397 * pg_temp.u(t * 10 + slot, 11))::integer;

-- Zipf: rank r of 400 has probability proportional to 1/r, which is floor(400 ^ u) for a uniform u.
-- Separators are typed by hand: stray blanks, tabs, doubled and trailing commas.
INSERT INTO topics.entries (id, title, tags, title_tags, published_at, enabled)
OVERRIDING SYSTEM VALUE
SELECT i + i / 10 + i / 1000 * 37,
    'Entry ' || i || ': ' || coalesce(body.title_tags, 'no tags'),
    body.tags,
    body.title_tags,
    timestamptz '2024-01-01 00:00:00+00' + make_interval(secs => floor(pg_temp.u(i, 5) * 63072000)),
    pg_temp.u(i, 6) >= 0.03
FROM generate_series(1, %(scale)s) AS i
CROSS JOIN LATERAL (
    SELECT string_agg(s.tag, separator) AS tags,
        string_agg(s.tag, separator) FILTER (WHERE slot <= floor(pg_temp.u(i, 7) * 3)) AS title_tags
    FROM generate_series(1, floor(pg_temp.u(i, 3) * 7)::integer) AS slot
    JOIN sample_tag AS s ON s.n = floor(400 ^ pg_temp.u(i * 8 + slot, 4))::integer
    CROSS JOIN LATERAL (
        SELECT (ARRAY[', ', ',', ' , ', ',,', E',\t', ', ,'])[1 + floor(6 * pg_temp.u(i * 8 + slot, 8))::integer]
    ) AS typed(separator)
) AS body;

SELECT setval(pg_get_serial_sequence('topics.entries', 'id'), (SELECT max(id) FROM topics.entries));
SELECT setval(pg_get_serial_sequence('topics.topics', 'id'), 60);

DROP TABLE sample_tag;
DROP FUNCTION pg_temp.u(bigint, bigint);
ANALYZE topics.entries;
ANALYZE topics.topics;
ANALYZE topics.topic_tags;
