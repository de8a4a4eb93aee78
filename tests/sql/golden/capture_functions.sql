-- nothing to pin, an image of its own
CREATE OR REPLACE FUNCTION "denorm"."capture_1"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $capture$
#variable_conflict use_column
DECLARE
    written bigint;
BEGIN
    IF (CASE WHEN pg_catalog.has_schema_privilege('denorm', 'USAGE')
        THEN pg_catalog.has_table_privilege(pg_catalog.to_regclass('denorm.change_log'), 'INSERT') END) IS NOT TRUE THEN
        RETURN NULL;
    END IF;
    IF TG_OP OPERATOR(pg_catalog.=) 'INSERT' THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 1, ARRAY[logged.v1, logged.v2]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT shown.v1, shown.v2 FROM (SELECT NULL::pg_catalog.text AS "author_id", NULL::pg_catalog.text AS "id") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("author_id") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("author_id") END COLLATE pg_catalog."C" AS v1, CASE WHEN pg_catalog.num_nonnulls("id") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("id") END COLLATE pg_catalog."C" AS v2 FROM new_rows AS changed) AS shown
        ) AS logged
        LIMIT 20;
        GET DIAGNOSTICS written = ROW_COUNT;
        IF written OPERATOR(pg_catalog.=) 20 THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 1, ARRAY[logged.v1, logged.v2]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT DISTINCT shown.v1, shown.v2 FROM (SELECT NULL::pg_catalog.text AS "author_id", NULL::pg_catalog.text AS "id") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("author_id") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("author_id") END COLLATE pg_catalog."C" AS v1, CASE WHEN pg_catalog.num_nonnulls("id") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("id") END COLLATE pg_catalog."C" AS v2 FROM new_rows AS changed OFFSET 20) AS shown
        ) AS logged;
        END IF;
    ELSIF TG_OP OPERATOR(pg_catalog.=) 'DELETE' THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 1, ARRAY[logged.v1, logged.v2]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT shown.v1, shown.v2 FROM (SELECT NULL::pg_catalog.text AS "author_id", NULL::pg_catalog.text AS "id") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("author_id") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("author_id") END COLLATE pg_catalog."C" AS v1, CASE WHEN pg_catalog.num_nonnulls("id") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("id") END COLLATE pg_catalog."C" AS v2 FROM old_rows AS changed) AS shown
        ) AS logged
        LIMIT 20;
        GET DIAGNOSTICS written = ROW_COUNT;
        IF written OPERATOR(pg_catalog.=) 20 THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 1, ARRAY[logged.v1, logged.v2]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT DISTINCT shown.v1, shown.v2 FROM (SELECT NULL::pg_catalog.text AS "author_id", NULL::pg_catalog.text AS "id") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("author_id") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("author_id") END COLLATE pg_catalog."C" AS v1, CASE WHEN pg_catalog.num_nonnulls("id") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("id") END COLLATE pg_catalog."C" AS v2 FROM old_rows AS changed OFFSET 20) AS shown
        ) AS logged;
        END IF;
    ELSIF TG_OP OPERATOR(pg_catalog.=) 'UPDATE' THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 1, ARRAY[logged.v1, logged.v2]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT DISTINCT differing.v1, differing.v2 FROM (
            (SELECT shown.v1, shown.v2, shown.v3, shown.v4 FROM (SELECT NULL::pg_catalog.text AS "author_id", NULL::pg_catalog.text AS "id", NULL::pg_catalog.text AS "tags", NULL::pg_catalog.text AS "price") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("author_id") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("author_id") END COLLATE pg_catalog."C" AS v1, CASE WHEN pg_catalog.num_nonnulls("id") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("id") END COLLATE pg_catalog."C" AS v2, CASE WHEN pg_catalog.num_nonnulls("tags") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("tags") END COLLATE pg_catalog."C" AS v3, CASE WHEN pg_catalog.num_nonnulls("price") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("price") END COLLATE pg_catalog."C" AS v4 FROM old_rows AS changed) AS shown
            EXCEPT ALL
            SELECT shown.v1, shown.v2, shown.v3, shown.v4 FROM (SELECT NULL::pg_catalog.text AS "author_id", NULL::pg_catalog.text AS "id", NULL::pg_catalog.text AS "tags", NULL::pg_catalog.text AS "price") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("author_id") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("author_id") END COLLATE pg_catalog."C" AS v1, CASE WHEN pg_catalog.num_nonnulls("id") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("id") END COLLATE pg_catalog."C" AS v2, CASE WHEN pg_catalog.num_nonnulls("tags") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("tags") END COLLATE pg_catalog."C" AS v3, CASE WHEN pg_catalog.num_nonnulls("price") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("price") END COLLATE pg_catalog."C" AS v4 FROM new_rows AS changed) AS shown)
            UNION ALL
            (SELECT shown.v1, shown.v2, shown.v3, shown.v4 FROM (SELECT NULL::pg_catalog.text AS "author_id", NULL::pg_catalog.text AS "id", NULL::pg_catalog.text AS "tags", NULL::pg_catalog.text AS "price") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("author_id") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("author_id") END COLLATE pg_catalog."C" AS v1, CASE WHEN pg_catalog.num_nonnulls("id") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("id") END COLLATE pg_catalog."C" AS v2, CASE WHEN pg_catalog.num_nonnulls("tags") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("tags") END COLLATE pg_catalog."C" AS v3, CASE WHEN pg_catalog.num_nonnulls("price") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("price") END COLLATE pg_catalog."C" AS v4 FROM new_rows AS changed) AS shown
            EXCEPT ALL
            SELECT shown.v1, shown.v2, shown.v3, shown.v4 FROM (SELECT NULL::pg_catalog.text AS "author_id", NULL::pg_catalog.text AS "id", NULL::pg_catalog.text AS "tags", NULL::pg_catalog.text AS "price") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("author_id") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("author_id") END COLLATE pg_catalog."C" AS v1, CASE WHEN pg_catalog.num_nonnulls("id") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("id") END COLLATE pg_catalog."C" AS v2, CASE WHEN pg_catalog.num_nonnulls("tags") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("tags") END COLLATE pg_catalog."C" AS v3, CASE WHEN pg_catalog.num_nonnulls("price") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("price") END COLLATE pg_catalog."C" AS v4 FROM old_rows AS changed) AS shown)
            ) AS differing
        ) AS logged;
    ELSE
        INSERT INTO denorm.change_log (source_id, image) VALUES (1, NULL);
    END IF;
    RETURN NULL;
END $capture$;

-- all that is compared is logged
CREATE OR REPLACE FUNCTION "denorm"."capture_2"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $capture$
#variable_conflict use_column
DECLARE
    written bigint;
BEGIN
    IF (CASE WHEN pg_catalog.has_schema_privilege('denorm', 'USAGE')
        THEN pg_catalog.has_table_privilege(pg_catalog.to_regclass('denorm.change_log'), 'INSERT') END) IS NOT TRUE THEN
        RETURN NULL;
    END IF;
    IF TG_OP OPERATOR(pg_catalog.=) 'INSERT' THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 2, ARRAY[logged.v1]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT shown.v1 FROM (SELECT NULL::pg_catalog.text AS "id") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("id") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("id") END COLLATE pg_catalog."C" AS v1 FROM new_rows AS changed) AS shown
        ) AS logged
        LIMIT 20;
        GET DIAGNOSTICS written = ROW_COUNT;
        IF written OPERATOR(pg_catalog.=) 20 THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 2, ARRAY[logged.v1]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT DISTINCT shown.v1 FROM (SELECT NULL::pg_catalog.text AS "id") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("id") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("id") END COLLATE pg_catalog."C" AS v1 FROM new_rows AS changed OFFSET 20) AS shown
        ) AS logged;
        END IF;
    ELSIF TG_OP OPERATOR(pg_catalog.=) 'DELETE' THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 2, ARRAY[logged.v1]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT shown.v1 FROM (SELECT NULL::pg_catalog.text AS "id") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("id") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("id") END COLLATE pg_catalog."C" AS v1 FROM old_rows AS changed) AS shown
        ) AS logged
        LIMIT 20;
        GET DIAGNOSTICS written = ROW_COUNT;
        IF written OPERATOR(pg_catalog.=) 20 THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 2, ARRAY[logged.v1]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT DISTINCT shown.v1 FROM (SELECT NULL::pg_catalog.text AS "id") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("id") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("id") END COLLATE pg_catalog."C" AS v1 FROM old_rows AS changed OFFSET 20) AS shown
        ) AS logged;
        END IF;
    ELSIF TG_OP OPERATOR(pg_catalog.=) 'UPDATE' THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 2, ARRAY[logged.v1]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            (SELECT shown.v1 FROM (SELECT NULL::pg_catalog.text AS "id") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("id") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("id") END COLLATE pg_catalog."C" AS v1 FROM old_rows AS changed) AS shown
            EXCEPT ALL
            SELECT shown.v1 FROM (SELECT NULL::pg_catalog.text AS "id") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("id") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("id") END COLLATE pg_catalog."C" AS v1 FROM new_rows AS changed) AS shown)
            UNION ALL
            (SELECT shown.v1 FROM (SELECT NULL::pg_catalog.text AS "id") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("id") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("id") END COLLATE pg_catalog."C" AS v1 FROM new_rows AS changed) AS shown
            EXCEPT ALL
            SELECT shown.v1 FROM (SELECT NULL::pg_catalog.text AS "id") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("id") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("id") END COLLATE pg_catalog."C" AS v1 FROM old_rows AS changed) AS shown)
        ) AS logged;
    ELSE
        INSERT INTO denorm.change_log (source_id, image) VALUES (2, NULL);
    END IF;
    RETURN NULL;
END $capture$;

-- types unknown
CREATE OR REPLACE FUNCTION "denorm"."capture_3"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET DateStyle = 'ISO, YMD'
SET TimeZone = 'UTC'
SET IntervalStyle = 'postgres'
SET extra_float_digits = 1
SET bytea_output = 'hex' AS $capture$
#variable_conflict use_column
DECLARE
    written bigint;
BEGIN
    IF (CASE WHEN pg_catalog.has_schema_privilege('denorm', 'USAGE')
        THEN pg_catalog.has_table_privilege(pg_catalog.to_regclass('denorm.change_log'), 'INSERT') END) IS NOT TRUE THEN
        RETURN NULL;
    END IF;
    IF TG_OP OPERATOR(pg_catalog.=) 'INSERT' THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 3, ARRAY[logged.v1]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT shown.v1 FROM (SELECT NULL::pg_catalog.text AS "id") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("id") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("id") END COLLATE pg_catalog."C" AS v1 FROM new_rows AS changed) AS shown
        ) AS logged
        LIMIT 20;
        GET DIAGNOSTICS written = ROW_COUNT;
        IF written OPERATOR(pg_catalog.=) 20 THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 3, ARRAY[logged.v1]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT DISTINCT shown.v1 FROM (SELECT NULL::pg_catalog.text AS "id") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("id") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("id") END COLLATE pg_catalog."C" AS v1 FROM new_rows AS changed OFFSET 20) AS shown
        ) AS logged;
        END IF;
    ELSIF TG_OP OPERATOR(pg_catalog.=) 'DELETE' THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 3, ARRAY[logged.v1]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT shown.v1 FROM (SELECT NULL::pg_catalog.text AS "id") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("id") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("id") END COLLATE pg_catalog."C" AS v1 FROM old_rows AS changed) AS shown
        ) AS logged
        LIMIT 20;
        GET DIAGNOSTICS written = ROW_COUNT;
        IF written OPERATOR(pg_catalog.=) 20 THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 3, ARRAY[logged.v1]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT DISTINCT shown.v1 FROM (SELECT NULL::pg_catalog.text AS "id") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("id") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("id") END COLLATE pg_catalog."C" AS v1 FROM old_rows AS changed OFFSET 20) AS shown
        ) AS logged;
        END IF;
    ELSIF TG_OP OPERATOR(pg_catalog.=) 'UPDATE' THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 3, ARRAY[logged.v1]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT DISTINCT differing.v1 FROM (
            (SELECT shown.v1, shown.v2 FROM (SELECT NULL::pg_catalog.text AS "id", NULL::pg_catalog.text AS "tags") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("id") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("id") END COLLATE pg_catalog."C" AS v1, CASE WHEN pg_catalog.num_nonnulls("tags") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("tags") END COLLATE pg_catalog."C" AS v2 FROM old_rows AS changed) AS shown
            EXCEPT ALL
            SELECT shown.v1, shown.v2 FROM (SELECT NULL::pg_catalog.text AS "id", NULL::pg_catalog.text AS "tags") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("id") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("id") END COLLATE pg_catalog."C" AS v1, CASE WHEN pg_catalog.num_nonnulls("tags") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("tags") END COLLATE pg_catalog."C" AS v2 FROM new_rows AS changed) AS shown)
            UNION ALL
            (SELECT shown.v1, shown.v2 FROM (SELECT NULL::pg_catalog.text AS "id", NULL::pg_catalog.text AS "tags") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("id") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("id") END COLLATE pg_catalog."C" AS v1, CASE WHEN pg_catalog.num_nonnulls("tags") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("tags") END COLLATE pg_catalog."C" AS v2 FROM new_rows AS changed) AS shown
            EXCEPT ALL
            SELECT shown.v1, shown.v2 FROM (SELECT NULL::pg_catalog.text AS "id", NULL::pg_catalog.text AS "tags") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("id") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("id") END COLLATE pg_catalog."C" AS v1, CASE WHEN pg_catalog.num_nonnulls("tags") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("tags") END COLLATE pg_catalog."C" AS v2 FROM old_rows AS changed) AS shown)
            ) AS differing
        ) AS logged;
    ELSE
        INSERT INTO denorm.change_log (source_id, image) VALUES (3, NULL);
    END IF;
    RETURN NULL;
END $capture$;

-- dates, odd names, real time
CREATE OR REPLACE FUNCTION "denorm"."capture_4"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET DateStyle = 'ISO, YMD'
SET TimeZone = 'UTC'
SET IntervalStyle = 'postgres'
SET extra_float_digits = 1
SET bytea_output = 'hex' AS $capture$
#variable_conflict use_column
DECLARE
    images denorm.image[];
BEGIN
    IF (CASE WHEN pg_catalog.has_schema_privilege('denorm', 'USAGE')
        THEN pg_catalog.has_table_privilege(pg_catalog.to_regclass('denorm.change_log'), 'INSERT') END) IS NOT TRUE THEN
        RETURN NULL;
    END IF;
    IF TG_OP OPERATOR(pg_catalog.=) 'INSERT' THEN
        WITH added AS (
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 4, ARRAY[logged.v1]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT DISTINCT shown.v1 FROM (SELECT NULL::pg_catalog.text AS "B""%s{}") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("B""%s{}") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("B""%s{}") END COLLATE pg_catalog."C" AS v1 FROM new_rows AS changed) AS shown
        ) AS logged
        RETURNING image)
        SELECT pg_catalog.array_agg(ROW(few.image)::denorm.image) INTO images
        FROM (SELECT added.image FROM added LIMIT 1001) AS few;
    ELSIF TG_OP OPERATOR(pg_catalog.=) 'DELETE' THEN
        WITH added AS (
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 4, ARRAY[logged.v1]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT DISTINCT shown.v1 FROM (SELECT NULL::pg_catalog.text AS "B""%s{}") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("B""%s{}") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("B""%s{}") END COLLATE pg_catalog."C" AS v1 FROM old_rows AS changed) AS shown
        ) AS logged
        RETURNING image)
        SELECT pg_catalog.array_agg(ROW(few.image)::denorm.image) INTO images
        FROM (SELECT added.image FROM added LIMIT 1001) AS few;
    ELSIF TG_OP OPERATOR(pg_catalog.=) 'UPDATE' THEN
        WITH added AS (
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 4, ARRAY[logged.v1]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT DISTINCT differing.v1 FROM (
            (SELECT shown.v1, shown.v2, shown.v3 FROM (SELECT NULL::pg_catalog.text AS "B""%s{}", NULL::pg_catalog.text AS "at", NULL::pg_catalog.text AS "took") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("B""%s{}") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("B""%s{}") END COLLATE pg_catalog."C" AS v1, CASE WHEN pg_catalog.num_nonnulls("at") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("at") END COLLATE pg_catalog."C" AS v2, CASE WHEN pg_catalog.num_nonnulls("took") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("took") END COLLATE pg_catalog."C" AS v3 FROM old_rows AS changed) AS shown
            EXCEPT ALL
            SELECT shown.v1, shown.v2, shown.v3 FROM (SELECT NULL::pg_catalog.text AS "B""%s{}", NULL::pg_catalog.text AS "at", NULL::pg_catalog.text AS "took") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("B""%s{}") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("B""%s{}") END COLLATE pg_catalog."C" AS v1, CASE WHEN pg_catalog.num_nonnulls("at") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("at") END COLLATE pg_catalog."C" AS v2, CASE WHEN pg_catalog.num_nonnulls("took") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("took") END COLLATE pg_catalog."C" AS v3 FROM new_rows AS changed) AS shown)
            UNION ALL
            (SELECT shown.v1, shown.v2, shown.v3 FROM (SELECT NULL::pg_catalog.text AS "B""%s{}", NULL::pg_catalog.text AS "at", NULL::pg_catalog.text AS "took") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("B""%s{}") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("B""%s{}") END COLLATE pg_catalog."C" AS v1, CASE WHEN pg_catalog.num_nonnulls("at") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("at") END COLLATE pg_catalog."C" AS v2, CASE WHEN pg_catalog.num_nonnulls("took") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("took") END COLLATE pg_catalog."C" AS v3 FROM new_rows AS changed) AS shown
            EXCEPT ALL
            SELECT shown.v1, shown.v2, shown.v3 FROM (SELECT NULL::pg_catalog.text AS "B""%s{}", NULL::pg_catalog.text AS "at", NULL::pg_catalog.text AS "took") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("B""%s{}") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("B""%s{}") END COLLATE pg_catalog."C" AS v1, CASE WHEN pg_catalog.num_nonnulls("at") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("at") END COLLATE pg_catalog."C" AS v2, CASE WHEN pg_catalog.num_nonnulls("took") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("took") END COLLATE pg_catalog."C" AS v3 FROM old_rows AS changed) AS shown)
            ) AS differing
        ) AS logged
        RETURNING image)
        SELECT pg_catalog.array_agg(ROW(few.image)::denorm.image) INTO images
        FROM (SELECT added.image FROM added LIMIT 1001) AS few;
    ELSE
        INSERT INTO denorm.change_log (source_id, image) VALUES (4, NULL);
    END IF;
    IF pg_catalog.has_table_privilege(pg_catalog.to_regclass('denorm.dependency'), 'SELECT')
        AND pg_catalog.has_table_privilege(pg_catalog.to_regclass('denorm.read_model'), 'SELECT') THEN
        PERFORM denorm.recompute_now(4, images);
    END IF;
    RETURN NULL;
END $capture$;

-- a type of the application's
CREATE OR REPLACE FUNCTION "denorm"."capture_5"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET DateStyle = 'ISO, YMD'
SET TimeZone = 'UTC'
SET IntervalStyle = 'postgres'
SET extra_float_digits = 1
SET bytea_output = 'hex' AS $capture$
#variable_conflict use_column
DECLARE
    written bigint;
BEGIN
    IF (CASE WHEN pg_catalog.has_schema_privilege('denorm', 'USAGE')
        THEN pg_catalog.has_table_privilege(pg_catalog.to_regclass('denorm.change_log'), 'INSERT') END) IS NOT TRUE THEN
        RETURN NULL;
    END IF;
    IF TG_OP OPERATOR(pg_catalog.=) 'INSERT' THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 5, ARRAY[logged.v1]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT shown.v1 FROM (SELECT NULL::pg_catalog.text AS "mood") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("mood") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("mood") END COLLATE pg_catalog."C" AS v1 FROM new_rows AS changed) AS shown
        ) AS logged
        LIMIT 20;
        GET DIAGNOSTICS written = ROW_COUNT;
        IF written OPERATOR(pg_catalog.=) 20 THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 5, ARRAY[logged.v1]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT DISTINCT shown.v1 FROM (SELECT NULL::pg_catalog.text AS "mood") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("mood") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("mood") END COLLATE pg_catalog."C" AS v1 FROM new_rows AS changed OFFSET 20) AS shown
        ) AS logged;
        END IF;
    ELSIF TG_OP OPERATOR(pg_catalog.=) 'DELETE' THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 5, ARRAY[logged.v1]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT shown.v1 FROM (SELECT NULL::pg_catalog.text AS "mood") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("mood") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("mood") END COLLATE pg_catalog."C" AS v1 FROM old_rows AS changed) AS shown
        ) AS logged
        LIMIT 20;
        GET DIAGNOSTICS written = ROW_COUNT;
        IF written OPERATOR(pg_catalog.=) 20 THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 5, ARRAY[logged.v1]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT DISTINCT shown.v1 FROM (SELECT NULL::pg_catalog.text AS "mood") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("mood") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("mood") END COLLATE pg_catalog."C" AS v1 FROM old_rows AS changed OFFSET 20) AS shown
        ) AS logged;
        END IF;
    ELSIF TG_OP OPERATOR(pg_catalog.=) 'UPDATE' THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 5, ARRAY[logged.v1]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            (SELECT shown.v1 FROM (SELECT NULL::pg_catalog.text AS "mood") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("mood") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("mood") END COLLATE pg_catalog."C" AS v1 FROM old_rows AS changed) AS shown
            EXCEPT ALL
            SELECT shown.v1 FROM (SELECT NULL::pg_catalog.text AS "mood") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("mood") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("mood") END COLLATE pg_catalog."C" AS v1 FROM new_rows AS changed) AS shown)
            UNION ALL
            (SELECT shown.v1 FROM (SELECT NULL::pg_catalog.text AS "mood") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("mood") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("mood") END COLLATE pg_catalog."C" AS v1 FROM new_rows AS changed) AS shown
            EXCEPT ALL
            SELECT shown.v1 FROM (SELECT NULL::pg_catalog.text AS "mood") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("mood") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("mood") END COLLATE pg_catalog."C" AS v1 FROM old_rows AS changed) AS shown)
        ) AS logged;
    ELSE
        INSERT INTO denorm.change_log (source_id, image) VALUES (5, NULL);
    END IF;
    RETURN NULL;
END $capture$;

-- a column that is gone
CREATE OR REPLACE FUNCTION "denorm"."capture_6"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $capture$
#variable_conflict use_column
DECLARE
    written bigint;
BEGIN
    IF (CASE WHEN pg_catalog.has_schema_privilege('denorm', 'USAGE')
        THEN pg_catalog.has_table_privilege(pg_catalog.to_regclass('denorm.change_log'), 'INSERT') END) IS NOT TRUE THEN
        RETURN NULL;
    END IF;
    IF TG_OP OPERATOR(pg_catalog.=) 'INSERT' THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 6, ARRAY[logged.v1, logged.v2]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT shown.v1, shown.v2 FROM (SELECT NULL::pg_catalog.text AS "id", NULL::pg_catalog.text AS "gone") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("id") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("id") END COLLATE pg_catalog."C" AS v1, CASE WHEN pg_catalog.num_nonnulls("gone") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("gone") END COLLATE pg_catalog."C" AS v2 FROM new_rows AS changed) AS shown
        ) AS logged
        LIMIT 20;
        GET DIAGNOSTICS written = ROW_COUNT;
        IF written OPERATOR(pg_catalog.=) 20 THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 6, ARRAY[logged.v1, logged.v2]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT DISTINCT shown.v1, shown.v2 FROM (SELECT NULL::pg_catalog.text AS "id", NULL::pg_catalog.text AS "gone") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("id") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("id") END COLLATE pg_catalog."C" AS v1, CASE WHEN pg_catalog.num_nonnulls("gone") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("gone") END COLLATE pg_catalog."C" AS v2 FROM new_rows AS changed OFFSET 20) AS shown
        ) AS logged;
        END IF;
    ELSIF TG_OP OPERATOR(pg_catalog.=) 'DELETE' THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 6, ARRAY[logged.v1, logged.v2]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT shown.v1, shown.v2 FROM (SELECT NULL::pg_catalog.text AS "id", NULL::pg_catalog.text AS "gone") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("id") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("id") END COLLATE pg_catalog."C" AS v1, CASE WHEN pg_catalog.num_nonnulls("gone") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("gone") END COLLATE pg_catalog."C" AS v2 FROM old_rows AS changed) AS shown
        ) AS logged
        LIMIT 20;
        GET DIAGNOSTICS written = ROW_COUNT;
        IF written OPERATOR(pg_catalog.=) 20 THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 6, ARRAY[logged.v1, logged.v2]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT DISTINCT shown.v1, shown.v2 FROM (SELECT NULL::pg_catalog.text AS "id", NULL::pg_catalog.text AS "gone") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("id") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("id") END COLLATE pg_catalog."C" AS v1, CASE WHEN pg_catalog.num_nonnulls("gone") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("gone") END COLLATE pg_catalog."C" AS v2 FROM old_rows AS changed OFFSET 20) AS shown
        ) AS logged;
        END IF;
    ELSIF TG_OP OPERATOR(pg_catalog.=) 'UPDATE' THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 6, ARRAY[logged.v1, logged.v2]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            (SELECT shown.v1, shown.v2 FROM (SELECT NULL::pg_catalog.text AS "id", NULL::pg_catalog.text AS "gone") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("id") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("id") END COLLATE pg_catalog."C" AS v1, CASE WHEN pg_catalog.num_nonnulls("gone") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("gone") END COLLATE pg_catalog."C" AS v2 FROM old_rows AS changed) AS shown
            EXCEPT ALL
            SELECT shown.v1, shown.v2 FROM (SELECT NULL::pg_catalog.text AS "id", NULL::pg_catalog.text AS "gone") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("id") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("id") END COLLATE pg_catalog."C" AS v1, CASE WHEN pg_catalog.num_nonnulls("gone") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("gone") END COLLATE pg_catalog."C" AS v2 FROM new_rows AS changed) AS shown)
            UNION ALL
            (SELECT shown.v1, shown.v2 FROM (SELECT NULL::pg_catalog.text AS "id", NULL::pg_catalog.text AS "gone") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("id") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("id") END COLLATE pg_catalog."C" AS v1, CASE WHEN pg_catalog.num_nonnulls("gone") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("gone") END COLLATE pg_catalog."C" AS v2 FROM new_rows AS changed) AS shown
            EXCEPT ALL
            SELECT shown.v1, shown.v2 FROM (SELECT NULL::pg_catalog.text AS "id", NULL::pg_catalog.text AS "gone") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("id") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("id") END COLLATE pg_catalog."C" AS v1, CASE WHEN pg_catalog.num_nonnulls("gone") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("gone") END COLLATE pg_catalog."C" AS v2 FROM old_rows AS changed) AS shown)
        ) AS logged;
    ELSE
        INSERT INTO denorm.change_log (source_id, image) VALUES (6, NULL);
    END IF;
    RETURN NULL;
END $capture$;

-- a column called like the quotes
CREATE OR REPLACE FUNCTION "denorm"."capture_8"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $capture_1$
#variable_conflict use_column
DECLARE
    written bigint;
BEGIN
    IF (CASE WHEN pg_catalog.has_schema_privilege('denorm', 'USAGE')
        THEN pg_catalog.has_table_privilege(pg_catalog.to_regclass('denorm.change_log'), 'INSERT') END) IS NOT TRUE THEN
        RETURN NULL;
    END IF;
    IF TG_OP OPERATOR(pg_catalog.=) 'INSERT' THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 8, ARRAY[logged.v1]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT shown.v1 FROM (SELECT NULL::pg_catalog.text AS "x$capture$y") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("x$capture$y") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("x$capture$y") END COLLATE pg_catalog."C" AS v1 FROM new_rows AS changed) AS shown
        ) AS logged
        LIMIT 20;
        GET DIAGNOSTICS written = ROW_COUNT;
        IF written OPERATOR(pg_catalog.=) 20 THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 8, ARRAY[logged.v1]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT DISTINCT shown.v1 FROM (SELECT NULL::pg_catalog.text AS "x$capture$y") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("x$capture$y") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("x$capture$y") END COLLATE pg_catalog."C" AS v1 FROM new_rows AS changed OFFSET 20) AS shown
        ) AS logged;
        END IF;
    ELSIF TG_OP OPERATOR(pg_catalog.=) 'DELETE' THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 8, ARRAY[logged.v1]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT shown.v1 FROM (SELECT NULL::pg_catalog.text AS "x$capture$y") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("x$capture$y") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("x$capture$y") END COLLATE pg_catalog."C" AS v1 FROM old_rows AS changed) AS shown
        ) AS logged
        LIMIT 20;
        GET DIAGNOSTICS written = ROW_COUNT;
        IF written OPERATOR(pg_catalog.=) 20 THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 8, ARRAY[logged.v1]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT DISTINCT shown.v1 FROM (SELECT NULL::pg_catalog.text AS "x$capture$y") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("x$capture$y") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("x$capture$y") END COLLATE pg_catalog."C" AS v1 FROM old_rows AS changed OFFSET 20) AS shown
        ) AS logged;
        END IF;
    ELSIF TG_OP OPERATOR(pg_catalog.=) 'UPDATE' THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 8, ARRAY[logged.v1]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            (SELECT shown.v1 FROM (SELECT NULL::pg_catalog.text AS "x$capture$y") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("x$capture$y") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("x$capture$y") END COLLATE pg_catalog."C" AS v1 FROM old_rows AS changed) AS shown
            EXCEPT ALL
            SELECT shown.v1 FROM (SELECT NULL::pg_catalog.text AS "x$capture$y") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("x$capture$y") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("x$capture$y") END COLLATE pg_catalog."C" AS v1 FROM new_rows AS changed) AS shown)
            UNION ALL
            (SELECT shown.v1 FROM (SELECT NULL::pg_catalog.text AS "x$capture$y") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("x$capture$y") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("x$capture$y") END COLLATE pg_catalog."C" AS v1 FROM new_rows AS changed) AS shown
            EXCEPT ALL
            SELECT shown.v1 FROM (SELECT NULL::pg_catalog.text AS "x$capture$y") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.num_nonnulls("x$capture$y") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("x$capture$y") END COLLATE pg_catalog."C" AS v1 FROM old_rows AS changed) AS shown)
        ) AS logged;
    ELSE
        INSERT INTO denorm.change_log (source_id, image) VALUES (8, NULL);
    END IF;
    RETURN NULL;
END $capture_1$;

-- nothing but that it changed
CREATE OR REPLACE FUNCTION "denorm"."capture_7"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $capture$
#variable_conflict use_column
DECLARE
    written bigint;
BEGIN
    IF (CASE WHEN pg_catalog.has_schema_privilege('denorm', 'USAGE')
        THEN pg_catalog.has_table_privilege(pg_catalog.to_regclass('denorm.change_log'), 'INSERT') END) IS NOT TRUE THEN
        RETURN NULL;
    END IF;
    IF TG_OP OPERATOR(pg_catalog.=) 'INSERT' THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 7, ARRAY[]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT NULL FROM (SELECT NULL) AS gone,
            LATERAL (SELECT NULL FROM new_rows AS changed) AS shown
        ) AS logged
        LIMIT 20;
        GET DIAGNOSTICS written = ROW_COUNT;
        IF written OPERATOR(pg_catalog.=) 20 THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 7, ARRAY[]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT DISTINCT NULL FROM (SELECT NULL) AS gone,
            LATERAL (SELECT NULL FROM new_rows AS changed OFFSET 20) AS shown
        ) AS logged;
        END IF;
    ELSIF TG_OP OPERATOR(pg_catalog.=) 'DELETE' THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 7, ARRAY[]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT NULL FROM (SELECT NULL) AS gone,
            LATERAL (SELECT NULL FROM old_rows AS changed) AS shown
        ) AS logged
        LIMIT 20;
        GET DIAGNOSTICS written = ROW_COUNT;
        IF written OPERATOR(pg_catalog.=) 20 THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 7, ARRAY[]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT DISTINCT NULL FROM (SELECT NULL) AS gone,
            LATERAL (SELECT NULL FROM old_rows AS changed OFFSET 20) AS shown
        ) AS logged;
        END IF;
    ELSIF TG_OP OPERATOR(pg_catalog.=) 'UPDATE' THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 7, ARRAY[]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            (SELECT NULL FROM (SELECT NULL) AS gone,
            LATERAL (SELECT NULL FROM old_rows AS changed) AS shown
            EXCEPT ALL
            SELECT NULL FROM (SELECT NULL) AS gone,
            LATERAL (SELECT NULL FROM new_rows AS changed) AS shown)
            UNION ALL
            (SELECT NULL FROM (SELECT NULL) AS gone,
            LATERAL (SELECT NULL FROM new_rows AS changed) AS shown
            EXCEPT ALL
            SELECT NULL FROM (SELECT NULL) AS gone,
            LATERAL (SELECT NULL FROM old_rows AS changed) AS shown)
        ) AS logged;
    ELSE
        INSERT INTO denorm.change_log (source_id, image) VALUES (7, NULL);
    END IF;
    RETURN NULL;
END $capture$;
