-- Sample data for `gallery`: deterministic (hashes, no random()). u(k, seed) is uniform in [0, 1).
-- %(scale)s rows of content_items, and 1,104,532 of content_items_auto for each 64,680 of these.
-- 106 tags, about 76 a row: 100 of them in 65 %% to 86 %% of all rows each, five rarer ones, and one that nobody uses.

CREATE FUNCTION pg_temp.u(k bigint, seed bigint) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (hashint8extended(k, seed) & 9007199254740991)::double precision / 9007199254740992;

CREATE TEMPORARY TABLE sample_tag AS
SELECT n, md5('gallery tag ' || n)::uuid AS id,
    CASE n
        WHEN 101 THEN 'panorama'
        WHEN 102 THEN 'fisheye'
        WHEN 103 THEN 'pinhole'
        WHEN 104 THEN 'daguerreotype'
        WHEN 105 THEN 'aurora borealis'
        WHEN 106 THEN 'green flash'
        ELSE
            (ARRAY['bright', 'dark', 'warm', 'cold', 'soft', 'sharp', 'quiet', 'busy', 'near', 'far'])[(n - 1) / 10 + 1]
            || ' '
            || (ARRAY['portrait', 'street', 'forest', 'river', 'sky', 'harbour', 'market', 'night', 'animal', 'flower'])
                [(n - 1) %% 10 + 1]
    END AS name,
    CASE n
        WHEN 101 THEN 0.3
        WHEN 102 THEN 0.05
        WHEN 103 THEN 0.01
        WHEN 104 THEN 0.001
        WHEN 105 THEN 0.0001
        WHEN 106 THEN 0
        ELSE 0.8605 - 0.002 * n
    END::double precision AS share
FROM generate_series(1, 106) AS n;
ANALYZE sample_tag;

INSERT INTO gallery.tags (id, name)
SELECT id, name FROM sample_tag ORDER BY n;

-- Every thousandth array holds a tag twice, every thousandth a NULL, and some are NULL or empty.
CREATE FUNCTION pg_temp.sample_tags(i bigint) RETURNS uuid[] LANGUAGE sql STABLE
RETURN (
    SELECT CASE abs(i) %% 1000
            WHEN 7 THEN array_agg(id ORDER BY n) || (array_agg(id ORDER BY n))[1:2]
            WHEN 8 THEN array_agg(id ORDER BY n) || NULL::uuid
            WHEN 9 THEN NULL
            WHEN 10 THEN '{}'
            ELSE array_agg(id ORDER BY n)
        END
    FROM sample_tag
    WHERE pg_temp.u(i * 128 + n, 1) < share
);

-- IDs have gaps and are the same in both tables; later rows are newer, but for a day more or less.
INSERT INTO gallery.content_items (id, creator_id, created_at, title, tags)
OVERRIDING SYSTEM VALUE
SELECT i + i / 50, 1 + floor(200 * pg_temp.u(i, 2) ^ 2)::bigint,
    timestamptz '2024-01-01 00:00:00+00' + make_interval(secs => i * 63072000.0 / %(scale)s + 86400 * pg_temp.u(i, 3)),
    'Item ' || i, pg_temp.sample_tags(i)
FROM generate_series(1, %(scale)s::bigint) AS i;

INSERT INTO gallery.content_items_auto (id, creator_id, created_at, title, tags)
OVERRIDING SYSTEM VALUE
SELECT i + i / 50, 1 + floor(200 * pg_temp.u(-i, 2) ^ 2)::bigint,
    timestamptz '2024-01-01 00:00:00+00'
        + make_interval(secs => i * 63072000.0 / autos.how_many + 86400 * pg_temp.u(-i, 3)),
    'Automatic item ' || i, pg_temp.sample_tags(-i)
FROM (SELECT round(%(scale)s * 1104532.0 / 64680)::bigint AS how_many) AS autos
CROSS JOIN LATERAL generate_series(1, autos.how_many) AS i;

SELECT setval(pg_get_serial_sequence('gallery.content_items', 'id'), (SELECT max(id) FROM gallery.content_items));
SELECT setval(
    pg_get_serial_sequence('gallery.content_items_auto', 'id'), (SELECT max(id) FROM gallery.content_items_auto)
);

DROP FUNCTION pg_temp.sample_tags(bigint);
DROP TABLE sample_tag;
DROP FUNCTION pg_temp.u(bigint, bigint);
ANALYZE gallery.tags;
ANALYZE gallery.content_items;
ANALYZE gallery.content_items_auto;
