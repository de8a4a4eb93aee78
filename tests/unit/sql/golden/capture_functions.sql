-- nothing to pin, an image of its own
CREATE OR REPLACE FUNCTION "denorm"."capture_1"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $capture$
#variable_conflict use_column
DECLARE
    written bigint;
    room bigint;
    was pg_catalog.text[];
    becomes pg_catalog.text[];
BEGIN
    IF TG_NARGS OPERATOR(pg_catalog.>) 0 THEN
        PERFORM pg_catalog.set_config('denorm.moving', CASE WHEN TG_WHEN OPERATOR(pg_catalog.=) 'BEFORE'
            THEN pg_catalog.concat(pg_catalog.current_setting('denorm.moving', true), '|')
            ELSE pg_catalog."left"(pg_catalog.current_setting('denorm.moving', true), -1) END, true);
        IF pg_catalog.current_setting('denorm.moving', true) OPERATOR(pg_catalog.=) '' THEN
            PERFORM pg_catalog.set_config('denorm.moved', '', true);
        END IF;
        RETURN NULL;
    END IF;
    room := CASE WHEN pg_catalog.has_schema_privilege('denorm', 'USAGE') THEN
        CASE WHEN pg_catalog.has_table_privilege(pg_catalog.to_regclass('denorm.change_log'), 'INSERT') THEN
            CASE WHEN pg_catalog.has_sequence_privilege(pg_catalog.to_regclass('denorm.log_room'), 'SELECT')
            THEN pg_catalog.pg_sequence_last_value(pg_catalog.to_regclass('denorm.log_room'))
            ELSE 9223372036854775807 END END END;
    IF room IS NULL THEN
        RETURN NULL;
    END IF;
    IF TG_LEVEL OPERATOR(pg_catalog.=) 'ROW' THEN
        IF room OPERATOR(pg_catalog.<) 0 AND pg_catalog.has_sequence_privilege(pg_catalog.to_regclass('denorm.unlogged_change'), 'UPDATE') THEN
            PERFORM pg_catalog.setval(pg_catalog.to_regclass('denorm.unlogged_change'), pg_catalog.uuid_hash_extended(pg_catalog.gen_random_uuid(), 0));
            RETURN NULL;
        END IF;
        BEGIN
            IF TG_OP OPERATOR(pg_catalog.<>) 'INSERT' THEN
                was := (SELECT ARRAY[shown.v1, shown.v2, shown.v3, shown.v4]::pg_catalog.text[] FROM (SELECT NULL::pg_catalog.text AS "author_id", NULL::pg_catalog.text AS "id", NULL::pg_catalog.text AS "tags", NULL::pg_catalog.text AS "price") AS gone,
                LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("author_id") OPERATOR(pg_catalog.<=) 1000000 THEN pg_catalog.concat("author_id") END COLLATE pg_catalog."C" AS v1, CASE WHEN pg_catalog.pg_column_size("id") OPERATOR(pg_catalog.<=) 1000000 THEN pg_catalog.concat("id") END COLLATE pg_catalog."C" AS v2, CASE WHEN pg_catalog.pg_column_size("tags") OPERATOR(pg_catalog.>) 1000000 THEN pg_catalog.concat(pg_catalog.gen_random_uuid()) WHEN pg_catalog.num_nonnulls("tags") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("tags") END AS v3, CASE WHEN pg_catalog.pg_column_size("price") OPERATOR(pg_catalog.>) 1000000 THEN pg_catalog.concat(pg_catalog.gen_random_uuid()) WHEN pg_catalog.num_nonnulls("price") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("price") END AS v4 FROM (SELECT OLD.*) AS changed) AS shown);
            END IF;
            IF TG_OP OPERATOR(pg_catalog.<>) 'DELETE' THEN
                becomes := (SELECT ARRAY[shown.v1, shown.v2, shown.v3, shown.v4]::pg_catalog.text[] FROM (SELECT NULL::pg_catalog.text AS "author_id", NULL::pg_catalog.text AS "id", NULL::pg_catalog.text AS "tags", NULL::pg_catalog.text AS "price") AS gone,
                LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("author_id") OPERATOR(pg_catalog.<=) 1000000 THEN pg_catalog.concat("author_id") END COLLATE pg_catalog."C" AS v1, CASE WHEN pg_catalog.pg_column_size("id") OPERATOR(pg_catalog.<=) 1000000 THEN pg_catalog.concat("id") END COLLATE pg_catalog."C" AS v2, CASE WHEN pg_catalog.pg_column_size("tags") OPERATOR(pg_catalog.>) 1000000 THEN pg_catalog.concat(pg_catalog.gen_random_uuid()) WHEN pg_catalog.num_nonnulls("tags") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("tags") END AS v3, CASE WHEN pg_catalog.pg_column_size("price") OPERATOR(pg_catalog.>) 1000000 THEN pg_catalog.concat(pg_catalog.gen_random_uuid()) WHEN pg_catalog.num_nonnulls("price") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("price") END AS v4 FROM (SELECT NEW.*) AS changed) AS shown);
            END IF;
        EXCEPTION WHEN OTHERS THEN
            -- A column got another type since this session was here first.
            INSERT INTO denorm.change_log (source_id, image) VALUES (1, NULL);
            RETURN NULL;
        END;
        IF TG_OP OPERATOR(pg_catalog.=) 'UPDATE' AND pg_catalog.array_eq(was, becomes) THEN
            RETURN NULL;
        END IF;
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 1, image.texts[1:2], pg_catalog.clock_timestamp()
        FROM (VALUES (was), (becomes)) AS image (texts) WHERE image.texts IS NOT NULL;
        written := 1;
    IF written OPERATOR(pg_catalog.>=) 20
        OR pg_catalog.date_part('microseconds', pg_catalog.clock_timestamp())::pg_catalog.int8
            OPERATOR(pg_catalog.&) 255 OPERATOR(pg_catalog.=) 0
    THEN
        IF written OPERATOR(pg_catalog.>=) room AND pg_catalog.has_sequence_privilege(pg_catalog.to_regclass('denorm.unlogged_change'), 'UPDATE') THEN
            PERFORM pg_catalog.setval(pg_catalog.to_regclass('denorm.unlogged_change'), pg_catalog.uuid_hash_extended(pg_catalog.gen_random_uuid(), 0));
        END IF;
        PERFORM denorm.limit_log();
    END IF;
        RETURN NULL;
    END IF;
    IF room OPERATOR(pg_catalog.<) 0 THEN
        IF pg_catalog.has_sequence_privilege(pg_catalog.to_regclass('denorm.unlogged_change'), 'UPDATE') THEN
            IF TG_OP OPERATOR(pg_catalog.=) 'DELETE' THEN
                PERFORM FROM old_rows LIMIT 1;
            ELSIF TG_OP OPERATOR(pg_catalog.<>) 'TRUNCATE' THEN
                PERFORM FROM new_rows LIMIT 1;
            END IF;
            IF FOUND OR TG_OP OPERATOR(pg_catalog.=) 'TRUNCATE' THEN
                PERFORM pg_catalog.setval(pg_catalog.to_regclass('denorm.unlogged_change'), pg_catalog.uuid_hash_extended(pg_catalog.gen_random_uuid(), 0));
            END IF;
            RETURN NULL;
        END IF;
        room := 9223372036854775807;
    END IF;
    IF TG_OP OPERATOR(pg_catalog.=) 'INSERT' THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 1, ARRAY[logged.v1, logged.v2]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT shown.v1, shown.v2 FROM (SELECT NULL::pg_catalog.text AS "author_id", NULL::pg_catalog.text AS "id") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("author_id") OPERATOR(pg_catalog.<=) 1000000 THEN pg_catalog.concat("author_id") END COLLATE pg_catalog."C" AS v1, CASE WHEN pg_catalog.pg_column_size("id") OPERATOR(pg_catalog.<=) 1000000 THEN pg_catalog.concat("id") END COLLATE pg_catalog."C" AS v2 FROM new_rows AS changed) AS shown
        ) AS logged
        LIMIT 20;
        GET DIAGNOSTICS written = ROW_COUNT;
        IF written OPERATOR(pg_catalog.=) 20 THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 1, ARRAY[logged.v1, logged.v2]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT DISTINCT shown.v1, shown.v2 FROM (SELECT NULL::pg_catalog.text AS "author_id", NULL::pg_catalog.text AS "id") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("author_id") OPERATOR(pg_catalog.<=) 1000000 THEN pg_catalog.concat("author_id") END COLLATE pg_catalog."C" AS v1, CASE WHEN pg_catalog.pg_column_size("id") OPERATOR(pg_catalog.<=) 1000000 THEN pg_catalog.concat("id") END COLLATE pg_catalog."C" AS v2 FROM new_rows AS changed OFFSET 20) AS shown
        ) AS logged
        LIMIT room;
        GET DIAGNOSTICS written = ROW_COUNT;
        END IF;
    ELSIF TG_OP OPERATOR(pg_catalog.=) 'DELETE' THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 1, ARRAY[logged.v1, logged.v2]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT shown.v1, shown.v2 FROM (SELECT NULL::pg_catalog.text AS "author_id", NULL::pg_catalog.text AS "id") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("author_id") OPERATOR(pg_catalog.<=) 1000000 THEN pg_catalog.concat("author_id") END COLLATE pg_catalog."C" AS v1, CASE WHEN pg_catalog.pg_column_size("id") OPERATOR(pg_catalog.<=) 1000000 THEN pg_catalog.concat("id") END COLLATE pg_catalog."C" AS v2 FROM old_rows AS changed) AS shown
        ) AS logged
        LIMIT 20;
        GET DIAGNOSTICS written = ROW_COUNT;
        IF written OPERATOR(pg_catalog.=) 20 THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 1, ARRAY[logged.v1, logged.v2]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT DISTINCT shown.v1, shown.v2 FROM (SELECT NULL::pg_catalog.text AS "author_id", NULL::pg_catalog.text AS "id") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("author_id") OPERATOR(pg_catalog.<=) 1000000 THEN pg_catalog.concat("author_id") END COLLATE pg_catalog."C" AS v1, CASE WHEN pg_catalog.pg_column_size("id") OPERATOR(pg_catalog.<=) 1000000 THEN pg_catalog.concat("id") END COLLATE pg_catalog."C" AS v2 FROM old_rows AS changed OFFSET 20) AS shown
        ) AS logged
        LIMIT room;
        GET DIAGNOSTICS written = ROW_COUNT;
        END IF;
    ELSIF TG_OP OPERATOR(pg_catalog.=) 'UPDATE' THEN
        IF EXISTS (SELECT FROM old_rows OFFSET 20) OR EXISTS (SELECT FROM new_rows OFFSET 20) THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 1, ARRAY[logged.v1, logged.v2]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT DISTINCT shown.v1, shown.v2 FROM (SELECT pg_catalog.row_number() OVER () AS number, part.* FROM (SELECT shown.* FROM (SELECT NULL::pg_catalog.text AS "author_id", NULL::pg_catalog.text AS "id", NULL::pg_catalog.text AS "tags", NULL::pg_catalog.text AS "price") AS gone,
                LATERAL (SELECT "author_id" AS v1, "id" AS v2, CASE WHEN (pg_catalog.pg_column_size("tags") OPERATOR(pg_catalog.>) 1000000) IS NOT TRUE THEN "tags" END AS v3, "price" AS v4, GREATEST(pg_catalog.pg_column_size("tags")) AS size FROM old_rows AS changed) AS shown OFFSET 0) AS part) AS o
            FULL JOIN (SELECT pg_catalog.row_number() OVER () AS number, part.* FROM (SELECT shown.* FROM (SELECT NULL::pg_catalog.text AS "author_id", NULL::pg_catalog.text AS "id", NULL::pg_catalog.text AS "tags", NULL::pg_catalog.text AS "price") AS gone,
                LATERAL (SELECT "author_id" AS v1, "id" AS v2, CASE WHEN (pg_catalog.pg_column_size("tags") OPERATOR(pg_catalog.>) 1000000) IS NOT TRUE THEN "tags" END AS v3, "price" AS v4, GREATEST(pg_catalog.pg_column_size("tags")) AS size FROM new_rows AS changed) AS shown OFFSET 0) AS part) AS n ON n.number OPERATOR(pg_catalog.=) o.number,
            (VALUES (true), (false)) AS side (was), LATERAL (SELECT CASE WHEN side.was THEN o.v1 ELSE n.v1 END AS v1, CASE WHEN side.was THEN o.v2 ELSE n.v2 END AS v2) AS image,
            LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("image"."v1") OPERATOR(pg_catalog.<=) 1000000 THEN pg_catalog.concat("image"."v1") END COLLATE pg_catalog."C" AS v1, CASE WHEN pg_catalog.pg_column_size("image"."v2") OPERATOR(pg_catalog.<=) 1000000 THEN pg_catalog.concat("image"."v2") END COLLATE pg_catalog."C" AS v2) AS shown
            WHERE CASE WHEN side.was THEN o.number ELSE n.number END IS NOT NULL AND CASE WHEN GREATEST(o.size, n.size) OPERATOR(pg_catalog.>) 1000000 THEN true ELSE pg_catalog.record_image_ne(ROW(o.number, o.v1, o.v2, o.v3, o.v4), ROW(n.number, n.v1, n.v2, n.v3, n.v4)) END
        ) AS logged
        LIMIT room;
        GET DIAGNOSTICS written = ROW_COUNT;
        ELSE
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 1, ARRAY[logged.v1, logged.v2]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT shown.v1, shown.v2 FROM (SELECT pg_catalog.row_number() OVER () AS number, part.* FROM (SELECT shown.* FROM (SELECT NULL::pg_catalog.text AS "author_id", NULL::pg_catalog.text AS "id", NULL::pg_catalog.text AS "tags", NULL::pg_catalog.text AS "price") AS gone,
                LATERAL (SELECT "author_id" AS v1, "id" AS v2, CASE WHEN (pg_catalog.pg_column_size("tags") OPERATOR(pg_catalog.>) 1000000) IS NOT TRUE THEN "tags" END AS v3, "price" AS v4, GREATEST(pg_catalog.pg_column_size("tags")) AS size FROM old_rows AS changed LIMIT 20) AS shown OFFSET 0) AS part) AS o
            FULL JOIN (SELECT pg_catalog.row_number() OVER () AS number, part.* FROM (SELECT shown.* FROM (SELECT NULL::pg_catalog.text AS "author_id", NULL::pg_catalog.text AS "id", NULL::pg_catalog.text AS "tags", NULL::pg_catalog.text AS "price") AS gone,
                LATERAL (SELECT "author_id" AS v1, "id" AS v2, CASE WHEN (pg_catalog.pg_column_size("tags") OPERATOR(pg_catalog.>) 1000000) IS NOT TRUE THEN "tags" END AS v3, "price" AS v4, GREATEST(pg_catalog.pg_column_size("tags")) AS size FROM new_rows AS changed LIMIT 20) AS shown OFFSET 0) AS part) AS n ON n.number OPERATOR(pg_catalog.=) o.number,
            (VALUES (true), (false)) AS side (was), LATERAL (SELECT CASE WHEN side.was THEN o.v1 ELSE n.v1 END AS v1, CASE WHEN side.was THEN o.v2 ELSE n.v2 END AS v2) AS image,
            LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("image"."v1") OPERATOR(pg_catalog.<=) 1000000 THEN pg_catalog.concat("image"."v1") END COLLATE pg_catalog."C" AS v1, CASE WHEN pg_catalog.pg_column_size("image"."v2") OPERATOR(pg_catalog.<=) 1000000 THEN pg_catalog.concat("image"."v2") END COLLATE pg_catalog."C" AS v2) AS shown
            WHERE CASE WHEN side.was THEN o.number ELSE n.number END IS NOT NULL AND CASE WHEN GREATEST(o.size, n.size) OPERATOR(pg_catalog.>) 1000000 THEN true ELSE pg_catalog.record_image_ne(ROW(o.number, o.v1, o.v2, o.v3, o.v4), ROW(n.number, n.v1, n.v2, n.v3, n.v4)) END
            AND (side.was OR CASE WHEN GREATEST(o.size, n.size) OPERATOR(pg_catalog.>) 1000000 THEN true ELSE pg_catalog.record_image_ne(ROW(o.number, o.v1, o.v2), ROW(n.number, n.v1, n.v2)) END)
        ) AS logged
        LIMIT room;
        GET DIAGNOSTICS written = ROW_COUNT;
        END IF;
    ELSE
        INSERT INTO denorm.change_log (source_id, image) VALUES (1, NULL);
    END IF;
    IF written OPERATOR(pg_catalog.>=) 20
        OR pg_catalog.date_part('microseconds', pg_catalog.clock_timestamp())::pg_catalog.int8
            OPERATOR(pg_catalog.&) 255 OPERATOR(pg_catalog.=) 0
    THEN
        IF written OPERATOR(pg_catalog.>=) room AND pg_catalog.has_sequence_privilege(pg_catalog.to_regclass('denorm.unlogged_change'), 'UPDATE') THEN
            PERFORM pg_catalog.setval(pg_catalog.to_regclass('denorm.unlogged_change'), pg_catalog.uuid_hash_extended(pg_catalog.gen_random_uuid(), 0));
        END IF;
        PERFORM denorm.limit_log();
    END IF;
    RETURN NULL;
END $capture$;

-- all that is compared is logged
CREATE OR REPLACE FUNCTION "denorm"."capture_2"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $capture$
#variable_conflict use_column
DECLARE
    written bigint;
    room bigint;
    was pg_catalog.text[];
    becomes pg_catalog.text[];
BEGIN
    IF TG_NARGS OPERATOR(pg_catalog.>) 0 THEN
        PERFORM pg_catalog.set_config('denorm.moving', CASE WHEN TG_WHEN OPERATOR(pg_catalog.=) 'BEFORE'
            THEN pg_catalog.concat(pg_catalog.current_setting('denorm.moving', true), '|')
            ELSE pg_catalog."left"(pg_catalog.current_setting('denorm.moving', true), -1) END, true);
        IF pg_catalog.current_setting('denorm.moving', true) OPERATOR(pg_catalog.=) '' THEN
            PERFORM pg_catalog.set_config('denorm.moved', '', true);
        END IF;
        RETURN NULL;
    END IF;
    room := CASE WHEN pg_catalog.has_schema_privilege('denorm', 'USAGE') THEN
        CASE WHEN pg_catalog.has_table_privilege(pg_catalog.to_regclass('denorm.change_log'), 'INSERT') THEN
            CASE WHEN pg_catalog.has_sequence_privilege(pg_catalog.to_regclass('denorm.log_room'), 'SELECT')
            THEN pg_catalog.pg_sequence_last_value(pg_catalog.to_regclass('denorm.log_room'))
            ELSE 9223372036854775807 END END END;
    IF room IS NULL THEN
        RETURN NULL;
    END IF;
    IF TG_LEVEL OPERATOR(pg_catalog.=) 'ROW' THEN
        IF room OPERATOR(pg_catalog.<) 0 AND pg_catalog.has_sequence_privilege(pg_catalog.to_regclass('denorm.unlogged_change'), 'UPDATE') THEN
            PERFORM pg_catalog.setval(pg_catalog.to_regclass('denorm.unlogged_change'), pg_catalog.uuid_hash_extended(pg_catalog.gen_random_uuid(), 0));
            RETURN NULL;
        END IF;
        BEGIN
            IF TG_OP OPERATOR(pg_catalog.<>) 'INSERT' THEN
                was := (SELECT ARRAY[shown.v1]::pg_catalog.text[] FROM (SELECT NULL::pg_catalog.text AS "id") AS gone,
                LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("id") OPERATOR(pg_catalog.<=) 1000000 THEN pg_catalog.concat("id") END COLLATE pg_catalog."C" AS v1 FROM (SELECT OLD.*) AS changed) AS shown);
            END IF;
            IF TG_OP OPERATOR(pg_catalog.<>) 'DELETE' THEN
                becomes := (SELECT ARRAY[shown.v1]::pg_catalog.text[] FROM (SELECT NULL::pg_catalog.text AS "id") AS gone,
                LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("id") OPERATOR(pg_catalog.<=) 1000000 THEN pg_catalog.concat("id") END COLLATE pg_catalog."C" AS v1 FROM (SELECT NEW.*) AS changed) AS shown);
            END IF;
        EXCEPTION WHEN OTHERS THEN
            -- A column got another type since this session was here first.
            INSERT INTO denorm.change_log (source_id, image) VALUES (2, NULL);
            RETURN NULL;
        END;
        IF TG_OP OPERATOR(pg_catalog.=) 'UPDATE' AND pg_catalog.array_eq(was, becomes) THEN
            RETURN NULL;
        END IF;
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 2, image.texts[1:1], pg_catalog.clock_timestamp()
        FROM (VALUES (was), (becomes)) AS image (texts) WHERE image.texts IS NOT NULL;
        written := 1;
    IF written OPERATOR(pg_catalog.>=) 20
        OR pg_catalog.date_part('microseconds', pg_catalog.clock_timestamp())::pg_catalog.int8
            OPERATOR(pg_catalog.&) 255 OPERATOR(pg_catalog.=) 0
    THEN
        IF written OPERATOR(pg_catalog.>=) room AND pg_catalog.has_sequence_privilege(pg_catalog.to_regclass('denorm.unlogged_change'), 'UPDATE') THEN
            PERFORM pg_catalog.setval(pg_catalog.to_regclass('denorm.unlogged_change'), pg_catalog.uuid_hash_extended(pg_catalog.gen_random_uuid(), 0));
        END IF;
        PERFORM denorm.limit_log();
    END IF;
        RETURN NULL;
    END IF;
    IF room OPERATOR(pg_catalog.<) 0 THEN
        IF pg_catalog.has_sequence_privilege(pg_catalog.to_regclass('denorm.unlogged_change'), 'UPDATE') THEN
            IF TG_OP OPERATOR(pg_catalog.=) 'DELETE' THEN
                PERFORM FROM old_rows LIMIT 1;
            ELSIF TG_OP OPERATOR(pg_catalog.<>) 'TRUNCATE' THEN
                PERFORM FROM new_rows LIMIT 1;
            END IF;
            IF FOUND OR TG_OP OPERATOR(pg_catalog.=) 'TRUNCATE' THEN
                PERFORM pg_catalog.setval(pg_catalog.to_regclass('denorm.unlogged_change'), pg_catalog.uuid_hash_extended(pg_catalog.gen_random_uuid(), 0));
            END IF;
            RETURN NULL;
        END IF;
        room := 9223372036854775807;
    END IF;
    IF TG_OP OPERATOR(pg_catalog.=) 'INSERT' THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 2, ARRAY[logged.v1]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT shown.v1 FROM (SELECT NULL::pg_catalog.text AS "id") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("id") OPERATOR(pg_catalog.<=) 1000000 THEN pg_catalog.concat("id") END COLLATE pg_catalog."C" AS v1 FROM new_rows AS changed) AS shown
        ) AS logged
        LIMIT 20;
        GET DIAGNOSTICS written = ROW_COUNT;
        IF written OPERATOR(pg_catalog.=) 20 THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 2, ARRAY[logged.v1]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT DISTINCT shown.v1 FROM (SELECT NULL::pg_catalog.text AS "id") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("id") OPERATOR(pg_catalog.<=) 1000000 THEN pg_catalog.concat("id") END COLLATE pg_catalog."C" AS v1 FROM new_rows AS changed OFFSET 20) AS shown
        ) AS logged
        LIMIT room;
        GET DIAGNOSTICS written = ROW_COUNT;
        END IF;
    ELSIF TG_OP OPERATOR(pg_catalog.=) 'DELETE' THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 2, ARRAY[logged.v1]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT shown.v1 FROM (SELECT NULL::pg_catalog.text AS "id") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("id") OPERATOR(pg_catalog.<=) 1000000 THEN pg_catalog.concat("id") END COLLATE pg_catalog."C" AS v1 FROM old_rows AS changed) AS shown
        ) AS logged
        LIMIT 20;
        GET DIAGNOSTICS written = ROW_COUNT;
        IF written OPERATOR(pg_catalog.=) 20 THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 2, ARRAY[logged.v1]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT DISTINCT shown.v1 FROM (SELECT NULL::pg_catalog.text AS "id") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("id") OPERATOR(pg_catalog.<=) 1000000 THEN pg_catalog.concat("id") END COLLATE pg_catalog."C" AS v1 FROM old_rows AS changed OFFSET 20) AS shown
        ) AS logged
        LIMIT room;
        GET DIAGNOSTICS written = ROW_COUNT;
        END IF;
    ELSIF TG_OP OPERATOR(pg_catalog.=) 'UPDATE' THEN
        IF EXISTS (SELECT FROM old_rows OFFSET 20) OR EXISTS (SELECT FROM new_rows OFFSET 20) THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 2, ARRAY[logged.v1]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT shown.v1 FROM (SELECT pg_catalog.row_number() OVER () AS number, part.* FROM (SELECT shown.* FROM (SELECT NULL::pg_catalog.text AS "id") AS gone,
                LATERAL (SELECT "id" AS v1 FROM old_rows AS changed) AS shown) AS part) AS o
            FULL JOIN (SELECT pg_catalog.row_number() OVER () AS number, part.* FROM (SELECT shown.* FROM (SELECT NULL::pg_catalog.text AS "id") AS gone,
                LATERAL (SELECT "id" AS v1 FROM new_rows AS changed) AS shown) AS part) AS n ON n.number OPERATOR(pg_catalog.=) o.number,
            (VALUES (true), (false)) AS side (was), LATERAL (SELECT CASE WHEN side.was THEN o.v1 ELSE n.v1 END AS v1) AS image,
            LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("image"."v1") OPERATOR(pg_catalog.<=) 1000000 THEN pg_catalog.concat("image"."v1") END COLLATE pg_catalog."C" AS v1) AS shown
            WHERE CASE WHEN side.was THEN o.number ELSE n.number END IS NOT NULL AND pg_catalog.record_image_ne(ROW(o.number, o.v1), ROW(n.number, n.v1))
        ) AS logged
        LIMIT room;
        GET DIAGNOSTICS written = ROW_COUNT;
        ELSE
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 2, ARRAY[logged.v1]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT shown.v1 FROM (SELECT pg_catalog.row_number() OVER () AS number, part.* FROM (SELECT shown.* FROM (SELECT NULL::pg_catalog.text AS "id") AS gone,
                LATERAL (SELECT "id" AS v1 FROM old_rows AS changed LIMIT 20) AS shown) AS part) AS o
            FULL JOIN (SELECT pg_catalog.row_number() OVER () AS number, part.* FROM (SELECT shown.* FROM (SELECT NULL::pg_catalog.text AS "id") AS gone,
                LATERAL (SELECT "id" AS v1 FROM new_rows AS changed LIMIT 20) AS shown) AS part) AS n ON n.number OPERATOR(pg_catalog.=) o.number,
            (VALUES (true), (false)) AS side (was), LATERAL (SELECT CASE WHEN side.was THEN o.v1 ELSE n.v1 END AS v1) AS image,
            LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("image"."v1") OPERATOR(pg_catalog.<=) 1000000 THEN pg_catalog.concat("image"."v1") END COLLATE pg_catalog."C" AS v1) AS shown
            WHERE CASE WHEN side.was THEN o.number ELSE n.number END IS NOT NULL AND pg_catalog.record_image_ne(ROW(o.number, o.v1), ROW(n.number, n.v1))
        ) AS logged
        LIMIT room;
        GET DIAGNOSTICS written = ROW_COUNT;
        END IF;
    ELSE
        INSERT INTO denorm.change_log (source_id, image) VALUES (2, NULL);
    END IF;
    IF written OPERATOR(pg_catalog.>=) 20
        OR pg_catalog.date_part('microseconds', pg_catalog.clock_timestamp())::pg_catalog.int8
            OPERATOR(pg_catalog.&) 255 OPERATOR(pg_catalog.=) 0
    THEN
        IF written OPERATOR(pg_catalog.>=) room AND pg_catalog.has_sequence_privilege(pg_catalog.to_regclass('denorm.unlogged_change'), 'UPDATE') THEN
            PERFORM pg_catalog.setval(pg_catalog.to_regclass('denorm.unlogged_change'), pg_catalog.uuid_hash_extended(pg_catalog.gen_random_uuid(), 0));
        END IF;
        PERFORM denorm.limit_log();
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
    room bigint;
    was pg_catalog.text[];
    becomes pg_catalog.text[];
BEGIN
    IF TG_NARGS OPERATOR(pg_catalog.>) 0 THEN
        PERFORM pg_catalog.set_config('denorm.moving', CASE WHEN TG_WHEN OPERATOR(pg_catalog.=) 'BEFORE'
            THEN pg_catalog.concat(pg_catalog.current_setting('denorm.moving', true), '|')
            ELSE pg_catalog."left"(pg_catalog.current_setting('denorm.moving', true), -1) END, true);
        IF pg_catalog.current_setting('denorm.moving', true) OPERATOR(pg_catalog.=) '' THEN
            PERFORM pg_catalog.set_config('denorm.moved', '', true);
        END IF;
        RETURN NULL;
    END IF;
    room := CASE WHEN pg_catalog.has_schema_privilege('denorm', 'USAGE') THEN
        CASE WHEN pg_catalog.has_table_privilege(pg_catalog.to_regclass('denorm.change_log'), 'INSERT') THEN
            CASE WHEN pg_catalog.has_sequence_privilege(pg_catalog.to_regclass('denorm.log_room'), 'SELECT')
            THEN pg_catalog.pg_sequence_last_value(pg_catalog.to_regclass('denorm.log_room'))
            ELSE 9223372036854775807 END END END;
    IF room IS NULL THEN
        RETURN NULL;
    END IF;
    IF TG_LEVEL OPERATOR(pg_catalog.=) 'ROW' THEN
        IF room OPERATOR(pg_catalog.<) 0 AND pg_catalog.has_sequence_privilege(pg_catalog.to_regclass('denorm.unlogged_change'), 'UPDATE') THEN
            PERFORM pg_catalog.setval(pg_catalog.to_regclass('denorm.unlogged_change'), pg_catalog.uuid_hash_extended(pg_catalog.gen_random_uuid(), 0));
            RETURN NULL;
        END IF;
        BEGIN
            IF TG_OP OPERATOR(pg_catalog.<>) 'INSERT' THEN
                was := (SELECT ARRAY[shown.v1, shown.v2]::pg_catalog.text[] FROM (SELECT NULL::pg_catalog.text AS "id", NULL::pg_catalog.text AS "tags") AS gone,
                LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("id") OPERATOR(pg_catalog.<=) 100 THEN pg_catalog.concat("id") WHEN pg_catalog.num_nonnulls("id") OPERATOR(pg_catalog.=) 1 THEN denorm.text_of("id", 250000000, 3) END COLLATE pg_catalog."C" AS v1, CASE WHEN pg_catalog.pg_column_size("tags") OPERATOR(pg_catalog.>) 500000 THEN pg_catalog.concat(pg_catalog.gen_random_uuid()) WHEN pg_catalog.num_nonnulls("tags") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("tags") END AS v2 FROM (SELECT OLD.*) AS changed) AS shown);
            END IF;
            IF TG_OP OPERATOR(pg_catalog.<>) 'DELETE' THEN
                becomes := (SELECT ARRAY[shown.v1, shown.v2]::pg_catalog.text[] FROM (SELECT NULL::pg_catalog.text AS "id", NULL::pg_catalog.text AS "tags") AS gone,
                LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("id") OPERATOR(pg_catalog.<=) 100 THEN pg_catalog.concat("id") WHEN pg_catalog.num_nonnulls("id") OPERATOR(pg_catalog.=) 1 THEN denorm.text_of("id", 250000000, 3) END COLLATE pg_catalog."C" AS v1, CASE WHEN pg_catalog.pg_column_size("tags") OPERATOR(pg_catalog.>) 500000 THEN pg_catalog.concat(pg_catalog.gen_random_uuid()) WHEN pg_catalog.num_nonnulls("tags") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("tags") END AS v2 FROM (SELECT NEW.*) AS changed) AS shown);
            END IF;
        EXCEPTION WHEN OTHERS THEN
            -- A column got another type since this session was here first.
            INSERT INTO denorm.change_log (source_id, image) VALUES (3, NULL);
            RETURN NULL;
        END;
        IF TG_OP OPERATOR(pg_catalog.=) 'UPDATE' AND pg_catalog.array_eq(was, becomes) THEN
            RETURN NULL;
        END IF;
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 3, image.texts[1:1], pg_catalog.clock_timestamp()
        FROM (VALUES (was), (becomes)) AS image (texts) WHERE image.texts IS NOT NULL;
        written := 1;
    IF written OPERATOR(pg_catalog.>=) 20
        OR pg_catalog.date_part('microseconds', pg_catalog.clock_timestamp())::pg_catalog.int8
            OPERATOR(pg_catalog.&) 255 OPERATOR(pg_catalog.=) 0
    THEN
        IF written OPERATOR(pg_catalog.>=) room AND pg_catalog.has_sequence_privilege(pg_catalog.to_regclass('denorm.unlogged_change'), 'UPDATE') THEN
            PERFORM pg_catalog.setval(pg_catalog.to_regclass('denorm.unlogged_change'), pg_catalog.uuid_hash_extended(pg_catalog.gen_random_uuid(), 0));
        END IF;
        PERFORM denorm.limit_log();
    END IF;
        RETURN NULL;
    END IF;
    IF room OPERATOR(pg_catalog.<) 0 THEN
        IF pg_catalog.has_sequence_privilege(pg_catalog.to_regclass('denorm.unlogged_change'), 'UPDATE') THEN
            IF TG_OP OPERATOR(pg_catalog.=) 'DELETE' THEN
                PERFORM FROM old_rows LIMIT 1;
            ELSIF TG_OP OPERATOR(pg_catalog.<>) 'TRUNCATE' THEN
                PERFORM FROM new_rows LIMIT 1;
            END IF;
            IF FOUND OR TG_OP OPERATOR(pg_catalog.=) 'TRUNCATE' THEN
                PERFORM pg_catalog.setval(pg_catalog.to_regclass('denorm.unlogged_change'), pg_catalog.uuid_hash_extended(pg_catalog.gen_random_uuid(), 0));
            END IF;
            RETURN NULL;
        END IF;
        room := 9223372036854775807;
    END IF;
    IF TG_OP OPERATOR(pg_catalog.=) 'INSERT' THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 3, ARRAY[logged.v1]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT shown.v1 FROM (SELECT NULL::pg_catalog.text AS "id") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("id") OPERATOR(pg_catalog.<=) 100 THEN pg_catalog.concat("id") WHEN pg_catalog.num_nonnulls("id") OPERATOR(pg_catalog.=) 1 THEN denorm.text_of("id", 250000000, 3) END COLLATE pg_catalog."C" AS v1 FROM new_rows AS changed) AS shown
        ) AS logged
        LIMIT 20;
        GET DIAGNOSTICS written = ROW_COUNT;
        IF written OPERATOR(pg_catalog.=) 20 THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 3, ARRAY[logged.v1]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT DISTINCT shown.v1 FROM (SELECT NULL::pg_catalog.text AS "id") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("id") OPERATOR(pg_catalog.<=) 100 THEN pg_catalog.concat("id") WHEN pg_catalog.num_nonnulls("id") OPERATOR(pg_catalog.=) 1 THEN denorm.text_of("id", 250000000, 3) END COLLATE pg_catalog."C" AS v1 FROM new_rows AS changed OFFSET 20) AS shown
        ) AS logged
        LIMIT room;
        GET DIAGNOSTICS written = ROW_COUNT;
        END IF;
    ELSIF TG_OP OPERATOR(pg_catalog.=) 'DELETE' THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 3, ARRAY[logged.v1]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT shown.v1 FROM (SELECT NULL::pg_catalog.text AS "id") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("id") OPERATOR(pg_catalog.<=) 100 THEN pg_catalog.concat("id") WHEN pg_catalog.num_nonnulls("id") OPERATOR(pg_catalog.=) 1 THEN denorm.text_of("id", 250000000, 3) END COLLATE pg_catalog."C" AS v1 FROM old_rows AS changed) AS shown
        ) AS logged
        LIMIT 20;
        GET DIAGNOSTICS written = ROW_COUNT;
        IF written OPERATOR(pg_catalog.=) 20 THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 3, ARRAY[logged.v1]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT DISTINCT shown.v1 FROM (SELECT NULL::pg_catalog.text AS "id") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("id") OPERATOR(pg_catalog.<=) 100 THEN pg_catalog.concat("id") WHEN pg_catalog.num_nonnulls("id") OPERATOR(pg_catalog.=) 1 THEN denorm.text_of("id", 250000000, 3) END COLLATE pg_catalog."C" AS v1 FROM old_rows AS changed OFFSET 20) AS shown
        ) AS logged
        LIMIT room;
        GET DIAGNOSTICS written = ROW_COUNT;
        END IF;
    ELSIF TG_OP OPERATOR(pg_catalog.=) 'UPDATE' THEN
        IF EXISTS (SELECT FROM old_rows OFFSET 20) OR EXISTS (SELECT FROM new_rows OFFSET 20) THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 3, ARRAY[logged.v1]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT DISTINCT shown.v1 FROM (SELECT pg_catalog.row_number() OVER () AS number, part.* FROM (SELECT shown.* FROM (SELECT NULL::pg_catalog.text AS "id", NULL::pg_catalog.text AS "tags") AS gone,
                LATERAL (SELECT "id" AS v1, CASE WHEN (pg_catalog.pg_column_size("tags") OPERATOR(pg_catalog.>) 500000) IS NOT TRUE THEN "tags" END AS v2, GREATEST(pg_catalog.pg_column_size("id"), pg_catalog.pg_column_size("tags")) AS size FROM old_rows AS changed) AS shown OFFSET 0) AS part) AS o
            FULL JOIN (SELECT pg_catalog.row_number() OVER () AS number, part.* FROM (SELECT shown.* FROM (SELECT NULL::pg_catalog.text AS "id", NULL::pg_catalog.text AS "tags") AS gone,
                LATERAL (SELECT "id" AS v1, CASE WHEN (pg_catalog.pg_column_size("tags") OPERATOR(pg_catalog.>) 500000) IS NOT TRUE THEN "tags" END AS v2, GREATEST(pg_catalog.pg_column_size("id"), pg_catalog.pg_column_size("tags")) AS size FROM new_rows AS changed) AS shown OFFSET 0) AS part) AS n ON n.number OPERATOR(pg_catalog.=) o.number,
            (VALUES (true), (false)) AS side (was), LATERAL (SELECT CASE WHEN side.was THEN o.v1 ELSE n.v1 END AS v1) AS image,
            LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("image"."v1") OPERATOR(pg_catalog.<=) 100 THEN pg_catalog.concat("image"."v1") WHEN pg_catalog.num_nonnulls("image"."v1") OPERATOR(pg_catalog.=) 1 THEN denorm.text_of("image"."v1", 250000000, 3) END COLLATE pg_catalog."C" AS v1) AS shown
            WHERE CASE WHEN side.was THEN o.number ELSE n.number END IS NOT NULL AND CASE WHEN GREATEST(o.size, n.size) OPERATOR(pg_catalog.>) 500000 THEN true ELSE pg_catalog.record_image_ne(ROW(o.number, o.v1, o.v2), ROW(n.number, n.v1, n.v2)) END
        ) AS logged
        LIMIT room;
        GET DIAGNOSTICS written = ROW_COUNT;
        ELSE
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 3, ARRAY[logged.v1]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT shown.v1 FROM (SELECT pg_catalog.row_number() OVER () AS number, part.* FROM (SELECT shown.* FROM (SELECT NULL::pg_catalog.text AS "id", NULL::pg_catalog.text AS "tags") AS gone,
                LATERAL (SELECT "id" AS v1, CASE WHEN (pg_catalog.pg_column_size("tags") OPERATOR(pg_catalog.>) 500000) IS NOT TRUE THEN "tags" END AS v2, GREATEST(pg_catalog.pg_column_size("id"), pg_catalog.pg_column_size("tags")) AS size FROM old_rows AS changed LIMIT 20) AS shown OFFSET 0) AS part) AS o
            FULL JOIN (SELECT pg_catalog.row_number() OVER () AS number, part.* FROM (SELECT shown.* FROM (SELECT NULL::pg_catalog.text AS "id", NULL::pg_catalog.text AS "tags") AS gone,
                LATERAL (SELECT "id" AS v1, CASE WHEN (pg_catalog.pg_column_size("tags") OPERATOR(pg_catalog.>) 500000) IS NOT TRUE THEN "tags" END AS v2, GREATEST(pg_catalog.pg_column_size("id"), pg_catalog.pg_column_size("tags")) AS size FROM new_rows AS changed LIMIT 20) AS shown OFFSET 0) AS part) AS n ON n.number OPERATOR(pg_catalog.=) o.number,
            (VALUES (true), (false)) AS side (was), LATERAL (SELECT CASE WHEN side.was THEN o.v1 ELSE n.v1 END AS v1) AS image,
            LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("image"."v1") OPERATOR(pg_catalog.<=) 100 THEN pg_catalog.concat("image"."v1") WHEN pg_catalog.num_nonnulls("image"."v1") OPERATOR(pg_catalog.=) 1 THEN denorm.text_of("image"."v1", 250000000, 3) END COLLATE pg_catalog."C" AS v1) AS shown
            WHERE CASE WHEN side.was THEN o.number ELSE n.number END IS NOT NULL AND CASE WHEN GREATEST(o.size, n.size) OPERATOR(pg_catalog.>) 500000 THEN true ELSE pg_catalog.record_image_ne(ROW(o.number, o.v1, o.v2), ROW(n.number, n.v1, n.v2)) END
            AND (side.was OR CASE WHEN GREATEST(o.size, n.size) OPERATOR(pg_catalog.>) 500000 THEN true ELSE pg_catalog.record_image_ne(ROW(o.number, o.v1), ROW(n.number, n.v1)) END)
        ) AS logged
        LIMIT room;
        GET DIAGNOSTICS written = ROW_COUNT;
        END IF;
    ELSE
        INSERT INTO denorm.change_log (source_id, image) VALUES (3, NULL);
    END IF;
    IF written OPERATOR(pg_catalog.>=) 20
        OR pg_catalog.date_part('microseconds', pg_catalog.clock_timestamp())::pg_catalog.int8
            OPERATOR(pg_catalog.&) 255 OPERATOR(pg_catalog.=) 0
    THEN
        IF written OPERATOR(pg_catalog.>=) room AND pg_catalog.has_sequence_privilege(pg_catalog.to_regclass('denorm.unlogged_change'), 'UPDATE') THEN
            PERFORM pg_catalog.setval(pg_catalog.to_regclass('denorm.unlogged_change'), pg_catalog.uuid_hash_extended(pg_catalog.gen_random_uuid(), 0));
        END IF;
        PERFORM denorm.limit_log();
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
    written bigint;
    room bigint;
    images denorm.image[];
    was pg_catalog.text[];
    becomes pg_catalog.text[];
BEGIN
    IF TG_NARGS OPERATOR(pg_catalog.>) 0 THEN
        PERFORM pg_catalog.set_config('denorm.moving', CASE WHEN TG_WHEN OPERATOR(pg_catalog.=) 'BEFORE'
            THEN pg_catalog.concat(pg_catalog.current_setting('denorm.moving', true), '|')
            ELSE pg_catalog."left"(pg_catalog.current_setting('denorm.moving', true), -1) END, true);
        IF pg_catalog.current_setting('denorm.moving', true) OPERATOR(pg_catalog.=) '' THEN
            PERFORM pg_catalog.set_config('denorm.moved', '', true);
        END IF;
        RETURN NULL;
    END IF;
    room := CASE WHEN pg_catalog.has_schema_privilege('denorm', 'USAGE') THEN
        CASE WHEN pg_catalog.has_table_privilege(pg_catalog.to_regclass('denorm.change_log'), 'INSERT') THEN
            CASE WHEN pg_catalog.has_sequence_privilege(pg_catalog.to_regclass('denorm.log_room'), 'SELECT')
            THEN pg_catalog.pg_sequence_last_value(pg_catalog.to_regclass('denorm.log_room'))
            ELSE 9223372036854775807 END END END;
    IF room IS NULL THEN
        RETURN NULL;
    END IF;
    IF TG_LEVEL OPERATOR(pg_catalog.=) 'ROW' THEN
        IF room OPERATOR(pg_catalog.<) 0 AND pg_catalog.has_sequence_privilege(pg_catalog.to_regclass('denorm.unlogged_change'), 'UPDATE') THEN
            PERFORM pg_catalog.setval(pg_catalog.to_regclass('denorm.unlogged_change'), pg_catalog.uuid_hash_extended(pg_catalog.gen_random_uuid(), 0));
            RETURN NULL;
        END IF;
        BEGIN
            IF TG_OP OPERATOR(pg_catalog.<>) 'INSERT' THEN
                was := (SELECT ARRAY[shown.v1, shown.v2, shown.v3]::pg_catalog.text[] FROM (SELECT NULL::pg_catalog.text AS "B""%s{}", NULL::pg_catalog.text AS "at", NULL::pg_catalog.text AS "took") AS gone,
                LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("B""%s{}") OPERATOR(pg_catalog.<=) 10000 THEN pg_catalog.concat("B""%s{}") WHEN pg_catalog.num_nonnulls("B""%s{}") OPERATOR(pg_catalog.=) 1 THEN denorm.text_of("B""%s{}", 250000000, 4) END COLLATE pg_catalog."C" AS v1, CASE WHEN pg_catalog.pg_column_size("at") OPERATOR(pg_catalog.>) 333333 THEN pg_catalog.concat(pg_catalog.gen_random_uuid()) WHEN pg_catalog.num_nonnulls("at") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("at") END AS v2, CASE WHEN pg_catalog.pg_column_size("took") OPERATOR(pg_catalog.>) 333333 THEN pg_catalog.concat(pg_catalog.gen_random_uuid()) WHEN pg_catalog.num_nonnulls("took") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("took") END AS v3 FROM (SELECT OLD.*) AS changed) AS shown);
            END IF;
            IF TG_OP OPERATOR(pg_catalog.<>) 'DELETE' THEN
                becomes := (SELECT ARRAY[shown.v1, shown.v2, shown.v3]::pg_catalog.text[] FROM (SELECT NULL::pg_catalog.text AS "B""%s{}", NULL::pg_catalog.text AS "at", NULL::pg_catalog.text AS "took") AS gone,
                LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("B""%s{}") OPERATOR(pg_catalog.<=) 10000 THEN pg_catalog.concat("B""%s{}") WHEN pg_catalog.num_nonnulls("B""%s{}") OPERATOR(pg_catalog.=) 1 THEN denorm.text_of("B""%s{}", 250000000, 4) END COLLATE pg_catalog."C" AS v1, CASE WHEN pg_catalog.pg_column_size("at") OPERATOR(pg_catalog.>) 333333 THEN pg_catalog.concat(pg_catalog.gen_random_uuid()) WHEN pg_catalog.num_nonnulls("at") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("at") END AS v2, CASE WHEN pg_catalog.pg_column_size("took") OPERATOR(pg_catalog.>) 333333 THEN pg_catalog.concat(pg_catalog.gen_random_uuid()) WHEN pg_catalog.num_nonnulls("took") OPERATOR(pg_catalog.=) 1 THEN pg_catalog.concat("took") END AS v3 FROM (SELECT NEW.*) AS changed) AS shown);
            END IF;
        EXCEPTION WHEN OTHERS THEN
            -- A column got another type since this session was here first.
            INSERT INTO denorm.change_log (source_id, image) VALUES (4, NULL);
            RETURN NULL;
        END;
        IF TG_OP OPERATOR(pg_catalog.=) 'UPDATE' AND pg_catalog.array_eq(was, becomes) THEN
            RETURN NULL;
        END IF;
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 4, image.texts[1:1], pg_catalog.clock_timestamp()
        FROM (VALUES (was), (becomes)) AS image (texts) WHERE image.texts IS NOT NULL;
        written := 1;
    IF written OPERATOR(pg_catalog.>=) 20
        OR pg_catalog.date_part('microseconds', pg_catalog.clock_timestamp())::pg_catalog.int8
            OPERATOR(pg_catalog.&) 255 OPERATOR(pg_catalog.=) 0
    THEN
        IF written OPERATOR(pg_catalog.>=) room AND pg_catalog.has_sequence_privilege(pg_catalog.to_regclass('denorm.unlogged_change'), 'UPDATE') THEN
            PERFORM pg_catalog.setval(pg_catalog.to_regclass('denorm.unlogged_change'), pg_catalog.uuid_hash_extended(pg_catalog.gen_random_uuid(), 0));
        END IF;
        PERFORM denorm.limit_log();
    END IF;
        RETURN NULL;
    END IF;
    IF room OPERATOR(pg_catalog.<) 0 THEN
        IF pg_catalog.has_sequence_privilege(pg_catalog.to_regclass('denorm.unlogged_change'), 'UPDATE') THEN
            IF TG_OP OPERATOR(pg_catalog.=) 'DELETE' THEN
                PERFORM FROM old_rows LIMIT 1;
            ELSIF TG_OP OPERATOR(pg_catalog.<>) 'TRUNCATE' THEN
                PERFORM FROM new_rows LIMIT 1;
            END IF;
            IF FOUND OR TG_OP OPERATOR(pg_catalog.=) 'TRUNCATE' THEN
                PERFORM pg_catalog.setval(pg_catalog.to_regclass('denorm.unlogged_change'), pg_catalog.uuid_hash_extended(pg_catalog.gen_random_uuid(), 0));
            END IF;
            RETURN NULL;
        END IF;
        room := 9223372036854775807;
    END IF;
    IF TG_OP OPERATOR(pg_catalog.=) 'INSERT' THEN
        WITH added AS (
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 4, ARRAY[logged.v1]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT DISTINCT shown.v1 FROM (SELECT NULL::pg_catalog.text AS "B""%s{}") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("B""%s{}") OPERATOR(pg_catalog.<=) 10000 THEN pg_catalog.concat("B""%s{}") WHEN pg_catalog.num_nonnulls("B""%s{}") OPERATOR(pg_catalog.=) 1 THEN denorm.text_of("B""%s{}", 250000000, 4) END COLLATE pg_catalog."C" AS v1 FROM new_rows AS changed) AS shown
        ) AS logged
        LIMIT room
        RETURNING image)
        SELECT pg_catalog.array_agg(ROW(few.image)::denorm.image),
            (SELECT pg_catalog.count(*) FROM added) INTO images, written
        FROM (
            SELECT CASE WHEN pg_catalog.pg_column_size(added.image) OPERATOR(pg_catalog.<=) 100000
                THEN added.image END AS image FROM added LIMIT 1001) AS few;
    ELSIF TG_OP OPERATOR(pg_catalog.=) 'DELETE' THEN
        WITH added AS (
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 4, ARRAY[logged.v1]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT DISTINCT shown.v1 FROM (SELECT NULL::pg_catalog.text AS "B""%s{}") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("B""%s{}") OPERATOR(pg_catalog.<=) 10000 THEN pg_catalog.concat("B""%s{}") WHEN pg_catalog.num_nonnulls("B""%s{}") OPERATOR(pg_catalog.=) 1 THEN denorm.text_of("B""%s{}", 250000000, 4) END COLLATE pg_catalog."C" AS v1 FROM old_rows AS changed) AS shown
        ) AS logged
        LIMIT room
        RETURNING image)
        SELECT pg_catalog.array_agg(ROW(few.image)::denorm.image),
            (SELECT pg_catalog.count(*) FROM added) INTO images, written
        FROM (
            SELECT CASE WHEN pg_catalog.pg_column_size(added.image) OPERATOR(pg_catalog.<=) 100000
                THEN added.image END AS image FROM added LIMIT 1001) AS few;
    ELSIF TG_OP OPERATOR(pg_catalog.=) 'UPDATE' THEN
        IF EXISTS (SELECT FROM old_rows OFFSET 20) OR EXISTS (SELECT FROM new_rows OFFSET 20) THEN
        WITH added AS (
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 4, ARRAY[logged.v1]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT DISTINCT shown.v1 FROM (SELECT pg_catalog.row_number() OVER () AS number, part.* FROM (SELECT shown.* FROM (SELECT NULL::pg_catalog.text AS "B""%s{}", NULL::pg_catalog.text AS "at", NULL::pg_catalog.text AS "took") AS gone,
                LATERAL (SELECT "B""%s{}" AS v1, CASE WHEN (pg_catalog.pg_column_size("at") OPERATOR(pg_catalog.>) 333333) IS NOT TRUE THEN "at" END AS v2, CASE WHEN (pg_catalog.pg_column_size("took") OPERATOR(pg_catalog.>) 333333) IS NOT TRUE THEN "took" END AS v3, GREATEST(pg_catalog.pg_column_size("B""%s{}"), pg_catalog.pg_column_size("at"), pg_catalog.pg_column_size("took")) AS size FROM old_rows AS changed) AS shown OFFSET 0) AS part) AS o
            FULL JOIN (SELECT pg_catalog.row_number() OVER () AS number, part.* FROM (SELECT shown.* FROM (SELECT NULL::pg_catalog.text AS "B""%s{}", NULL::pg_catalog.text AS "at", NULL::pg_catalog.text AS "took") AS gone,
                LATERAL (SELECT "B""%s{}" AS v1, CASE WHEN (pg_catalog.pg_column_size("at") OPERATOR(pg_catalog.>) 333333) IS NOT TRUE THEN "at" END AS v2, CASE WHEN (pg_catalog.pg_column_size("took") OPERATOR(pg_catalog.>) 333333) IS NOT TRUE THEN "took" END AS v3, GREATEST(pg_catalog.pg_column_size("B""%s{}"), pg_catalog.pg_column_size("at"), pg_catalog.pg_column_size("took")) AS size FROM new_rows AS changed) AS shown OFFSET 0) AS part) AS n ON n.number OPERATOR(pg_catalog.=) o.number,
            (VALUES (true), (false)) AS side (was), LATERAL (SELECT CASE WHEN side.was THEN o.v1 ELSE n.v1 END AS v1) AS image,
            LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("image"."v1") OPERATOR(pg_catalog.<=) 10000 THEN pg_catalog.concat("image"."v1") WHEN pg_catalog.num_nonnulls("image"."v1") OPERATOR(pg_catalog.=) 1 THEN denorm.text_of("image"."v1", 250000000, 4) END COLLATE pg_catalog."C" AS v1) AS shown
            WHERE CASE WHEN side.was THEN o.number ELSE n.number END IS NOT NULL AND CASE WHEN GREATEST(o.size, n.size) OPERATOR(pg_catalog.>) 333333 THEN true ELSE pg_catalog.record_image_ne(ROW(o.number, o.v1, o.v2, o.v3), ROW(n.number, n.v1, n.v2, n.v3)) END
        ) AS logged
        LIMIT room
        RETURNING image)
        SELECT pg_catalog.array_agg(ROW(few.image)::denorm.image),
            (SELECT pg_catalog.count(*) FROM added) INTO images, written
        FROM (
            SELECT CASE WHEN pg_catalog.pg_column_size(added.image) OPERATOR(pg_catalog.<=) 100000
                THEN added.image END AS image FROM added LIMIT 1001) AS few;
        ELSE
        WITH added AS (
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 4, ARRAY[logged.v1]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT shown.v1 FROM (SELECT pg_catalog.row_number() OVER () AS number, part.* FROM (SELECT shown.* FROM (SELECT NULL::pg_catalog.text AS "B""%s{}", NULL::pg_catalog.text AS "at", NULL::pg_catalog.text AS "took") AS gone,
                LATERAL (SELECT "B""%s{}" AS v1, CASE WHEN (pg_catalog.pg_column_size("at") OPERATOR(pg_catalog.>) 333333) IS NOT TRUE THEN "at" END AS v2, CASE WHEN (pg_catalog.pg_column_size("took") OPERATOR(pg_catalog.>) 333333) IS NOT TRUE THEN "took" END AS v3, GREATEST(pg_catalog.pg_column_size("B""%s{}"), pg_catalog.pg_column_size("at"), pg_catalog.pg_column_size("took")) AS size FROM old_rows AS changed LIMIT 20) AS shown OFFSET 0) AS part) AS o
            FULL JOIN (SELECT pg_catalog.row_number() OVER () AS number, part.* FROM (SELECT shown.* FROM (SELECT NULL::pg_catalog.text AS "B""%s{}", NULL::pg_catalog.text AS "at", NULL::pg_catalog.text AS "took") AS gone,
                LATERAL (SELECT "B""%s{}" AS v1, CASE WHEN (pg_catalog.pg_column_size("at") OPERATOR(pg_catalog.>) 333333) IS NOT TRUE THEN "at" END AS v2, CASE WHEN (pg_catalog.pg_column_size("took") OPERATOR(pg_catalog.>) 333333) IS NOT TRUE THEN "took" END AS v3, GREATEST(pg_catalog.pg_column_size("B""%s{}"), pg_catalog.pg_column_size("at"), pg_catalog.pg_column_size("took")) AS size FROM new_rows AS changed LIMIT 20) AS shown OFFSET 0) AS part) AS n ON n.number OPERATOR(pg_catalog.=) o.number,
            (VALUES (true), (false)) AS side (was), LATERAL (SELECT CASE WHEN side.was THEN o.v1 ELSE n.v1 END AS v1) AS image,
            LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("image"."v1") OPERATOR(pg_catalog.<=) 10000 THEN pg_catalog.concat("image"."v1") WHEN pg_catalog.num_nonnulls("image"."v1") OPERATOR(pg_catalog.=) 1 THEN denorm.text_of("image"."v1", 250000000, 4) END COLLATE pg_catalog."C" AS v1) AS shown
            WHERE CASE WHEN side.was THEN o.number ELSE n.number END IS NOT NULL AND CASE WHEN GREATEST(o.size, n.size) OPERATOR(pg_catalog.>) 333333 THEN true ELSE pg_catalog.record_image_ne(ROW(o.number, o.v1, o.v2, o.v3), ROW(n.number, n.v1, n.v2, n.v3)) END
            AND (side.was OR CASE WHEN GREATEST(o.size, n.size) OPERATOR(pg_catalog.>) 333333 THEN true ELSE pg_catalog.record_image_ne(ROW(o.number, o.v1), ROW(n.number, n.v1)) END)
        ) AS logged
        LIMIT room
        RETURNING image)
        SELECT pg_catalog.array_agg(ROW(few.image)::denorm.image),
            (SELECT pg_catalog.count(*) FROM added) INTO images, written
        FROM (
            SELECT CASE WHEN pg_catalog.pg_column_size(added.image) OPERATOR(pg_catalog.<=) 100000
                THEN added.image END AS image FROM added LIMIT 1001) AS few;
        END IF;
    ELSE
        INSERT INTO denorm.change_log (source_id, image) VALUES (4, NULL);
    END IF;
    IF written OPERATOR(pg_catalog.>=) 20
        OR pg_catalog.date_part('microseconds', pg_catalog.clock_timestamp())::pg_catalog.int8
            OPERATOR(pg_catalog.&) 255 OPERATOR(pg_catalog.=) 0
    THEN
        IF written OPERATOR(pg_catalog.>=) room AND pg_catalog.has_sequence_privilege(pg_catalog.to_regclass('denorm.unlogged_change'), 'UPDATE') THEN
            PERFORM pg_catalog.setval(pg_catalog.to_regclass('denorm.unlogged_change'), pg_catalog.uuid_hash_extended(pg_catalog.gen_random_uuid(), 0));
        END IF;
        PERFORM denorm.limit_log();
    END IF;
    IF pg_catalog.has_table_privilege(pg_catalog.to_regclass('denorm.dependency'), 'SELECT')
        AND pg_catalog.has_table_privilege(pg_catalog.to_regclass('denorm.read_model'), 'SELECT')
        AND pg_catalog.has_table_privilege(pg_catalog.to_regclass('denorm.source'), 'SELECT') THEN
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
    room bigint;
    was pg_catalog.text[];
    becomes pg_catalog.text[];
BEGIN
    IF TG_NARGS OPERATOR(pg_catalog.>) 0 THEN
        PERFORM pg_catalog.set_config('denorm.moving', CASE WHEN TG_WHEN OPERATOR(pg_catalog.=) 'BEFORE'
            THEN pg_catalog.concat(pg_catalog.current_setting('denorm.moving', true), '|')
            ELSE pg_catalog."left"(pg_catalog.current_setting('denorm.moving', true), -1) END, true);
        IF pg_catalog.current_setting('denorm.moving', true) OPERATOR(pg_catalog.=) '' THEN
            PERFORM pg_catalog.set_config('denorm.moved', '', true);
        END IF;
        RETURN NULL;
    END IF;
    room := CASE WHEN pg_catalog.has_schema_privilege('denorm', 'USAGE') THEN
        CASE WHEN pg_catalog.has_table_privilege(pg_catalog.to_regclass('denorm.change_log'), 'INSERT') THEN
            CASE WHEN pg_catalog.has_sequence_privilege(pg_catalog.to_regclass('denorm.log_room'), 'SELECT')
            THEN pg_catalog.pg_sequence_last_value(pg_catalog.to_regclass('denorm.log_room'))
            ELSE 9223372036854775807 END END END;
    IF room IS NULL THEN
        RETURN NULL;
    END IF;
    IF TG_LEVEL OPERATOR(pg_catalog.=) 'ROW' THEN
        IF room OPERATOR(pg_catalog.<) 0 AND pg_catalog.has_sequence_privilege(pg_catalog.to_regclass('denorm.unlogged_change'), 'UPDATE') THEN
            PERFORM pg_catalog.setval(pg_catalog.to_regclass('denorm.unlogged_change'), pg_catalog.uuid_hash_extended(pg_catalog.gen_random_uuid(), 0));
            RETURN NULL;
        END IF;
        BEGIN
            IF TG_OP OPERATOR(pg_catalog.<>) 'INSERT' THEN
                was := (SELECT ARRAY[shown.v1]::pg_catalog.text[] FROM (SELECT NULL::pg_catalog.text AS "mood") AS gone,
                LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("mood") OPERATOR(pg_catalog.<=) 100 THEN pg_catalog.concat("mood") WHEN pg_catalog.num_nonnulls("mood") OPERATOR(pg_catalog.=) 1 THEN denorm.text_of("mood", 250000000, 5) END COLLATE pg_catalog."C" AS v1 FROM (SELECT OLD.*) AS changed) AS shown);
            END IF;
            IF TG_OP OPERATOR(pg_catalog.<>) 'DELETE' THEN
                becomes := (SELECT ARRAY[shown.v1]::pg_catalog.text[] FROM (SELECT NULL::pg_catalog.text AS "mood") AS gone,
                LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("mood") OPERATOR(pg_catalog.<=) 100 THEN pg_catalog.concat("mood") WHEN pg_catalog.num_nonnulls("mood") OPERATOR(pg_catalog.=) 1 THEN denorm.text_of("mood", 250000000, 5) END COLLATE pg_catalog."C" AS v1 FROM (SELECT NEW.*) AS changed) AS shown);
            END IF;
        EXCEPTION WHEN OTHERS THEN
            -- A column got another type since this session was here first.
            INSERT INTO denorm.change_log (source_id, image) VALUES (5, NULL);
            RETURN NULL;
        END;
        IF TG_OP OPERATOR(pg_catalog.=) 'UPDATE' AND pg_catalog.array_eq(was, becomes) THEN
            RETURN NULL;
        END IF;
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 5, image.texts[1:1], pg_catalog.clock_timestamp()
        FROM (VALUES (was), (becomes)) AS image (texts) WHERE image.texts IS NOT NULL;
        written := 1;
    IF written OPERATOR(pg_catalog.>=) 20
        OR pg_catalog.date_part('microseconds', pg_catalog.clock_timestamp())::pg_catalog.int8
            OPERATOR(pg_catalog.&) 255 OPERATOR(pg_catalog.=) 0
    THEN
        IF written OPERATOR(pg_catalog.>=) room AND pg_catalog.has_sequence_privilege(pg_catalog.to_regclass('denorm.unlogged_change'), 'UPDATE') THEN
            PERFORM pg_catalog.setval(pg_catalog.to_regclass('denorm.unlogged_change'), pg_catalog.uuid_hash_extended(pg_catalog.gen_random_uuid(), 0));
        END IF;
        PERFORM denorm.limit_log();
    END IF;
        RETURN NULL;
    END IF;
    IF room OPERATOR(pg_catalog.<) 0 THEN
        IF pg_catalog.has_sequence_privilege(pg_catalog.to_regclass('denorm.unlogged_change'), 'UPDATE') THEN
            IF TG_OP OPERATOR(pg_catalog.=) 'DELETE' THEN
                PERFORM FROM old_rows LIMIT 1;
            ELSIF TG_OP OPERATOR(pg_catalog.<>) 'TRUNCATE' THEN
                PERFORM FROM new_rows LIMIT 1;
            END IF;
            IF FOUND OR TG_OP OPERATOR(pg_catalog.=) 'TRUNCATE' THEN
                PERFORM pg_catalog.setval(pg_catalog.to_regclass('denorm.unlogged_change'), pg_catalog.uuid_hash_extended(pg_catalog.gen_random_uuid(), 0));
            END IF;
            RETURN NULL;
        END IF;
        room := 9223372036854775807;
    END IF;
    IF TG_OP OPERATOR(pg_catalog.=) 'INSERT' THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 5, ARRAY[logged.v1]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT shown.v1 FROM (SELECT NULL::pg_catalog.text AS "mood") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("mood") OPERATOR(pg_catalog.<=) 100 THEN pg_catalog.concat("mood") WHEN pg_catalog.num_nonnulls("mood") OPERATOR(pg_catalog.=) 1 THEN denorm.text_of("mood", 250000000, 5) END COLLATE pg_catalog."C" AS v1 FROM new_rows AS changed) AS shown
        ) AS logged
        LIMIT 20;
        GET DIAGNOSTICS written = ROW_COUNT;
        IF written OPERATOR(pg_catalog.=) 20 THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 5, ARRAY[logged.v1]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT DISTINCT shown.v1 FROM (SELECT NULL::pg_catalog.text AS "mood") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("mood") OPERATOR(pg_catalog.<=) 100 THEN pg_catalog.concat("mood") WHEN pg_catalog.num_nonnulls("mood") OPERATOR(pg_catalog.=) 1 THEN denorm.text_of("mood", 250000000, 5) END COLLATE pg_catalog."C" AS v1 FROM new_rows AS changed OFFSET 20) AS shown
        ) AS logged
        LIMIT room;
        GET DIAGNOSTICS written = ROW_COUNT;
        END IF;
    ELSIF TG_OP OPERATOR(pg_catalog.=) 'DELETE' THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 5, ARRAY[logged.v1]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT shown.v1 FROM (SELECT NULL::pg_catalog.text AS "mood") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("mood") OPERATOR(pg_catalog.<=) 100 THEN pg_catalog.concat("mood") WHEN pg_catalog.num_nonnulls("mood") OPERATOR(pg_catalog.=) 1 THEN denorm.text_of("mood", 250000000, 5) END COLLATE pg_catalog."C" AS v1 FROM old_rows AS changed) AS shown
        ) AS logged
        LIMIT 20;
        GET DIAGNOSTICS written = ROW_COUNT;
        IF written OPERATOR(pg_catalog.=) 20 THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 5, ARRAY[logged.v1]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT DISTINCT shown.v1 FROM (SELECT NULL::pg_catalog.text AS "mood") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("mood") OPERATOR(pg_catalog.<=) 100 THEN pg_catalog.concat("mood") WHEN pg_catalog.num_nonnulls("mood") OPERATOR(pg_catalog.=) 1 THEN denorm.text_of("mood", 250000000, 5) END COLLATE pg_catalog."C" AS v1 FROM old_rows AS changed OFFSET 20) AS shown
        ) AS logged
        LIMIT room;
        GET DIAGNOSTICS written = ROW_COUNT;
        END IF;
    ELSIF TG_OP OPERATOR(pg_catalog.=) 'UPDATE' THEN
        IF EXISTS (SELECT FROM old_rows OFFSET 20) OR EXISTS (SELECT FROM new_rows OFFSET 20) THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 5, ARRAY[logged.v1]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT shown.v1 FROM (SELECT pg_catalog.row_number() OVER () AS number, part.* FROM (SELECT shown.* FROM (SELECT NULL::pg_catalog.text AS "mood") AS gone,
                LATERAL (SELECT "mood" AS v1, GREATEST(pg_catalog.pg_column_size("mood")) AS size FROM old_rows AS changed) AS shown OFFSET 0) AS part) AS o
            FULL JOIN (SELECT pg_catalog.row_number() OVER () AS number, part.* FROM (SELECT shown.* FROM (SELECT NULL::pg_catalog.text AS "mood") AS gone,
                LATERAL (SELECT "mood" AS v1, GREATEST(pg_catalog.pg_column_size("mood")) AS size FROM new_rows AS changed) AS shown OFFSET 0) AS part) AS n ON n.number OPERATOR(pg_catalog.=) o.number,
            (VALUES (true), (false)) AS side (was), LATERAL (SELECT CASE WHEN side.was THEN o.v1 ELSE n.v1 END AS v1) AS image,
            LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("image"."v1") OPERATOR(pg_catalog.<=) 100 THEN pg_catalog.concat("image"."v1") WHEN pg_catalog.num_nonnulls("image"."v1") OPERATOR(pg_catalog.=) 1 THEN denorm.text_of("image"."v1", 250000000, 5) END COLLATE pg_catalog."C" AS v1) AS shown
            WHERE CASE WHEN side.was THEN o.number ELSE n.number END IS NOT NULL AND CASE WHEN GREATEST(o.size, n.size) OPERATOR(pg_catalog.>) 1000000 THEN true ELSE pg_catalog.record_image_ne(ROW(o.number, o.v1), ROW(n.number, n.v1)) END
        ) AS logged
        LIMIT room;
        GET DIAGNOSTICS written = ROW_COUNT;
        ELSE
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 5, ARRAY[logged.v1]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT shown.v1 FROM (SELECT pg_catalog.row_number() OVER () AS number, part.* FROM (SELECT shown.* FROM (SELECT NULL::pg_catalog.text AS "mood") AS gone,
                LATERAL (SELECT "mood" AS v1, GREATEST(pg_catalog.pg_column_size("mood")) AS size FROM old_rows AS changed LIMIT 20) AS shown OFFSET 0) AS part) AS o
            FULL JOIN (SELECT pg_catalog.row_number() OVER () AS number, part.* FROM (SELECT shown.* FROM (SELECT NULL::pg_catalog.text AS "mood") AS gone,
                LATERAL (SELECT "mood" AS v1, GREATEST(pg_catalog.pg_column_size("mood")) AS size FROM new_rows AS changed LIMIT 20) AS shown OFFSET 0) AS part) AS n ON n.number OPERATOR(pg_catalog.=) o.number,
            (VALUES (true), (false)) AS side (was), LATERAL (SELECT CASE WHEN side.was THEN o.v1 ELSE n.v1 END AS v1) AS image,
            LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("image"."v1") OPERATOR(pg_catalog.<=) 100 THEN pg_catalog.concat("image"."v1") WHEN pg_catalog.num_nonnulls("image"."v1") OPERATOR(pg_catalog.=) 1 THEN denorm.text_of("image"."v1", 250000000, 5) END COLLATE pg_catalog."C" AS v1) AS shown
            WHERE CASE WHEN side.was THEN o.number ELSE n.number END IS NOT NULL AND CASE WHEN GREATEST(o.size, n.size) OPERATOR(pg_catalog.>) 1000000 THEN true ELSE pg_catalog.record_image_ne(ROW(o.number, o.v1), ROW(n.number, n.v1)) END
        ) AS logged
        LIMIT room;
        GET DIAGNOSTICS written = ROW_COUNT;
        END IF;
    ELSE
        INSERT INTO denorm.change_log (source_id, image) VALUES (5, NULL);
    END IF;
    IF written OPERATOR(pg_catalog.>=) 20
        OR pg_catalog.date_part('microseconds', pg_catalog.clock_timestamp())::pg_catalog.int8
            OPERATOR(pg_catalog.&) 255 OPERATOR(pg_catalog.=) 0
    THEN
        IF written OPERATOR(pg_catalog.>=) room AND pg_catalog.has_sequence_privilege(pg_catalog.to_regclass('denorm.unlogged_change'), 'UPDATE') THEN
            PERFORM pg_catalog.setval(pg_catalog.to_regclass('denorm.unlogged_change'), pg_catalog.uuid_hash_extended(pg_catalog.gen_random_uuid(), 0));
        END IF;
        PERFORM denorm.limit_log();
    END IF;
    RETURN NULL;
END $capture$;

-- a column that is gone
CREATE OR REPLACE FUNCTION "denorm"."capture_6"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $capture$
#variable_conflict use_column
DECLARE
    written bigint;
    room bigint;
    was pg_catalog.text[];
    becomes pg_catalog.text[];
BEGIN
    IF TG_NARGS OPERATOR(pg_catalog.>) 0 THEN
        PERFORM pg_catalog.set_config('denorm.moving', CASE WHEN TG_WHEN OPERATOR(pg_catalog.=) 'BEFORE'
            THEN pg_catalog.concat(pg_catalog.current_setting('denorm.moving', true), '|')
            ELSE pg_catalog."left"(pg_catalog.current_setting('denorm.moving', true), -1) END, true);
        IF pg_catalog.current_setting('denorm.moving', true) OPERATOR(pg_catalog.=) '' THEN
            PERFORM pg_catalog.set_config('denorm.moved', '', true);
        END IF;
        RETURN NULL;
    END IF;
    room := CASE WHEN pg_catalog.has_schema_privilege('denorm', 'USAGE') THEN
        CASE WHEN pg_catalog.has_table_privilege(pg_catalog.to_regclass('denorm.change_log'), 'INSERT') THEN
            CASE WHEN pg_catalog.has_sequence_privilege(pg_catalog.to_regclass('denorm.log_room'), 'SELECT')
            THEN pg_catalog.pg_sequence_last_value(pg_catalog.to_regclass('denorm.log_room'))
            ELSE 9223372036854775807 END END END;
    IF room IS NULL THEN
        RETURN NULL;
    END IF;
    IF TG_LEVEL OPERATOR(pg_catalog.=) 'ROW' THEN
        IF room OPERATOR(pg_catalog.<) 0 AND pg_catalog.has_sequence_privilege(pg_catalog.to_regclass('denorm.unlogged_change'), 'UPDATE') THEN
            PERFORM pg_catalog.setval(pg_catalog.to_regclass('denorm.unlogged_change'), pg_catalog.uuid_hash_extended(pg_catalog.gen_random_uuid(), 0));
            RETURN NULL;
        END IF;
        BEGIN
            IF TG_OP OPERATOR(pg_catalog.<>) 'INSERT' THEN
                was := (SELECT ARRAY[shown.v1, shown.v2]::pg_catalog.text[] FROM (SELECT NULL::pg_catalog.text AS "id", NULL::pg_catalog.text AS "gone") AS gone,
                LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("id") OPERATOR(pg_catalog.<=) 1000000 THEN pg_catalog.concat("id") END COLLATE pg_catalog."C" AS v1, CASE WHEN pg_catalog.pg_column_size("gone") OPERATOR(pg_catalog.<=) 100 THEN pg_catalog.concat("gone") WHEN pg_catalog.num_nonnulls("gone") OPERATOR(pg_catalog.=) 1 THEN denorm.text_of("gone", 125000000, 6) END COLLATE pg_catalog."C" AS v2 FROM (SELECT OLD.*) AS changed) AS shown);
            END IF;
            IF TG_OP OPERATOR(pg_catalog.<>) 'DELETE' THEN
                becomes := (SELECT ARRAY[shown.v1, shown.v2]::pg_catalog.text[] FROM (SELECT NULL::pg_catalog.text AS "id", NULL::pg_catalog.text AS "gone") AS gone,
                LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("id") OPERATOR(pg_catalog.<=) 1000000 THEN pg_catalog.concat("id") END COLLATE pg_catalog."C" AS v1, CASE WHEN pg_catalog.pg_column_size("gone") OPERATOR(pg_catalog.<=) 100 THEN pg_catalog.concat("gone") WHEN pg_catalog.num_nonnulls("gone") OPERATOR(pg_catalog.=) 1 THEN denorm.text_of("gone", 125000000, 6) END COLLATE pg_catalog."C" AS v2 FROM (SELECT NEW.*) AS changed) AS shown);
            END IF;
        EXCEPTION WHEN OTHERS THEN
            -- A column got another type since this session was here first.
            INSERT INTO denorm.change_log (source_id, image) VALUES (6, NULL);
            RETURN NULL;
        END;
        IF TG_OP OPERATOR(pg_catalog.=) 'UPDATE' AND pg_catalog.array_eq(was, becomes) THEN
            RETURN NULL;
        END IF;
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 6, image.texts[1:2], pg_catalog.clock_timestamp()
        FROM (VALUES (was), (becomes)) AS image (texts) WHERE image.texts IS NOT NULL;
        written := 1;
    IF written OPERATOR(pg_catalog.>=) 20
        OR pg_catalog.date_part('microseconds', pg_catalog.clock_timestamp())::pg_catalog.int8
            OPERATOR(pg_catalog.&) 255 OPERATOR(pg_catalog.=) 0
    THEN
        IF written OPERATOR(pg_catalog.>=) room AND pg_catalog.has_sequence_privilege(pg_catalog.to_regclass('denorm.unlogged_change'), 'UPDATE') THEN
            PERFORM pg_catalog.setval(pg_catalog.to_regclass('denorm.unlogged_change'), pg_catalog.uuid_hash_extended(pg_catalog.gen_random_uuid(), 0));
        END IF;
        PERFORM denorm.limit_log();
    END IF;
        RETURN NULL;
    END IF;
    IF room OPERATOR(pg_catalog.<) 0 THEN
        IF pg_catalog.has_sequence_privilege(pg_catalog.to_regclass('denorm.unlogged_change'), 'UPDATE') THEN
            IF TG_OP OPERATOR(pg_catalog.=) 'DELETE' THEN
                PERFORM FROM old_rows LIMIT 1;
            ELSIF TG_OP OPERATOR(pg_catalog.<>) 'TRUNCATE' THEN
                PERFORM FROM new_rows LIMIT 1;
            END IF;
            IF FOUND OR TG_OP OPERATOR(pg_catalog.=) 'TRUNCATE' THEN
                PERFORM pg_catalog.setval(pg_catalog.to_regclass('denorm.unlogged_change'), pg_catalog.uuid_hash_extended(pg_catalog.gen_random_uuid(), 0));
            END IF;
            RETURN NULL;
        END IF;
        room := 9223372036854775807;
    END IF;
    IF TG_OP OPERATOR(pg_catalog.=) 'INSERT' THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 6, ARRAY[logged.v1, logged.v2]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT shown.v1, shown.v2 FROM (SELECT NULL::pg_catalog.text AS "id", NULL::pg_catalog.text AS "gone") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("id") OPERATOR(pg_catalog.<=) 1000000 THEN pg_catalog.concat("id") END COLLATE pg_catalog."C" AS v1, CASE WHEN pg_catalog.pg_column_size("gone") OPERATOR(pg_catalog.<=) 100 THEN pg_catalog.concat("gone") WHEN pg_catalog.num_nonnulls("gone") OPERATOR(pg_catalog.=) 1 THEN denorm.text_of("gone", 125000000, 6) END COLLATE pg_catalog."C" AS v2 FROM new_rows AS changed) AS shown
        ) AS logged
        LIMIT 20;
        GET DIAGNOSTICS written = ROW_COUNT;
        IF written OPERATOR(pg_catalog.=) 20 THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 6, ARRAY[logged.v1, logged.v2]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT DISTINCT shown.v1, shown.v2 FROM (SELECT NULL::pg_catalog.text AS "id", NULL::pg_catalog.text AS "gone") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("id") OPERATOR(pg_catalog.<=) 1000000 THEN pg_catalog.concat("id") END COLLATE pg_catalog."C" AS v1, CASE WHEN pg_catalog.pg_column_size("gone") OPERATOR(pg_catalog.<=) 100 THEN pg_catalog.concat("gone") WHEN pg_catalog.num_nonnulls("gone") OPERATOR(pg_catalog.=) 1 THEN denorm.text_of("gone", 125000000, 6) END COLLATE pg_catalog."C" AS v2 FROM new_rows AS changed OFFSET 20) AS shown
        ) AS logged
        LIMIT room;
        GET DIAGNOSTICS written = ROW_COUNT;
        END IF;
    ELSIF TG_OP OPERATOR(pg_catalog.=) 'DELETE' THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 6, ARRAY[logged.v1, logged.v2]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT shown.v1, shown.v2 FROM (SELECT NULL::pg_catalog.text AS "id", NULL::pg_catalog.text AS "gone") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("id") OPERATOR(pg_catalog.<=) 1000000 THEN pg_catalog.concat("id") END COLLATE pg_catalog."C" AS v1, CASE WHEN pg_catalog.pg_column_size("gone") OPERATOR(pg_catalog.<=) 100 THEN pg_catalog.concat("gone") WHEN pg_catalog.num_nonnulls("gone") OPERATOR(pg_catalog.=) 1 THEN denorm.text_of("gone", 125000000, 6) END COLLATE pg_catalog."C" AS v2 FROM old_rows AS changed) AS shown
        ) AS logged
        LIMIT 20;
        GET DIAGNOSTICS written = ROW_COUNT;
        IF written OPERATOR(pg_catalog.=) 20 THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 6, ARRAY[logged.v1, logged.v2]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT DISTINCT shown.v1, shown.v2 FROM (SELECT NULL::pg_catalog.text AS "id", NULL::pg_catalog.text AS "gone") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("id") OPERATOR(pg_catalog.<=) 1000000 THEN pg_catalog.concat("id") END COLLATE pg_catalog."C" AS v1, CASE WHEN pg_catalog.pg_column_size("gone") OPERATOR(pg_catalog.<=) 100 THEN pg_catalog.concat("gone") WHEN pg_catalog.num_nonnulls("gone") OPERATOR(pg_catalog.=) 1 THEN denorm.text_of("gone", 125000000, 6) END COLLATE pg_catalog."C" AS v2 FROM old_rows AS changed OFFSET 20) AS shown
        ) AS logged
        LIMIT room;
        GET DIAGNOSTICS written = ROW_COUNT;
        END IF;
    ELSIF TG_OP OPERATOR(pg_catalog.=) 'UPDATE' THEN
        IF EXISTS (SELECT FROM old_rows OFFSET 20) OR EXISTS (SELECT FROM new_rows OFFSET 20) THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 6, ARRAY[logged.v1, logged.v2]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT shown.v1, shown.v2 FROM (SELECT pg_catalog.row_number() OVER () AS number, part.* FROM (SELECT shown.* FROM (SELECT NULL::pg_catalog.text AS "id", NULL::pg_catalog.text AS "gone") AS gone,
                LATERAL (SELECT "id" AS v1, "gone" AS v2, GREATEST(pg_catalog.pg_column_size("gone")) AS size FROM old_rows AS changed) AS shown OFFSET 0) AS part) AS o
            FULL JOIN (SELECT pg_catalog.row_number() OVER () AS number, part.* FROM (SELECT shown.* FROM (SELECT NULL::pg_catalog.text AS "id", NULL::pg_catalog.text AS "gone") AS gone,
                LATERAL (SELECT "id" AS v1, "gone" AS v2, GREATEST(pg_catalog.pg_column_size("gone")) AS size FROM new_rows AS changed) AS shown OFFSET 0) AS part) AS n ON n.number OPERATOR(pg_catalog.=) o.number,
            (VALUES (true), (false)) AS side (was), LATERAL (SELECT CASE WHEN side.was THEN o.v1 ELSE n.v1 END AS v1, CASE WHEN side.was THEN o.v2 ELSE n.v2 END AS v2) AS image,
            LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("image"."v1") OPERATOR(pg_catalog.<=) 1000000 THEN pg_catalog.concat("image"."v1") END COLLATE pg_catalog."C" AS v1, CASE WHEN pg_catalog.pg_column_size("image"."v2") OPERATOR(pg_catalog.<=) 100 THEN pg_catalog.concat("image"."v2") WHEN pg_catalog.num_nonnulls("image"."v2") OPERATOR(pg_catalog.=) 1 THEN denorm.text_of("image"."v2", 125000000, 6) END COLLATE pg_catalog."C" AS v2) AS shown
            WHERE CASE WHEN side.was THEN o.number ELSE n.number END IS NOT NULL AND CASE WHEN GREATEST(o.size, n.size) OPERATOR(pg_catalog.>) 1000000 THEN true ELSE pg_catalog.record_image_ne(ROW(o.number, o.v1, o.v2), ROW(n.number, n.v1, n.v2)) END
        ) AS logged
        LIMIT room;
        GET DIAGNOSTICS written = ROW_COUNT;
        ELSE
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 6, ARRAY[logged.v1, logged.v2]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT shown.v1, shown.v2 FROM (SELECT pg_catalog.row_number() OVER () AS number, part.* FROM (SELECT shown.* FROM (SELECT NULL::pg_catalog.text AS "id", NULL::pg_catalog.text AS "gone") AS gone,
                LATERAL (SELECT "id" AS v1, "gone" AS v2, GREATEST(pg_catalog.pg_column_size("gone")) AS size FROM old_rows AS changed LIMIT 20) AS shown OFFSET 0) AS part) AS o
            FULL JOIN (SELECT pg_catalog.row_number() OVER () AS number, part.* FROM (SELECT shown.* FROM (SELECT NULL::pg_catalog.text AS "id", NULL::pg_catalog.text AS "gone") AS gone,
                LATERAL (SELECT "id" AS v1, "gone" AS v2, GREATEST(pg_catalog.pg_column_size("gone")) AS size FROM new_rows AS changed LIMIT 20) AS shown OFFSET 0) AS part) AS n ON n.number OPERATOR(pg_catalog.=) o.number,
            (VALUES (true), (false)) AS side (was), LATERAL (SELECT CASE WHEN side.was THEN o.v1 ELSE n.v1 END AS v1, CASE WHEN side.was THEN o.v2 ELSE n.v2 END AS v2) AS image,
            LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("image"."v1") OPERATOR(pg_catalog.<=) 1000000 THEN pg_catalog.concat("image"."v1") END COLLATE pg_catalog."C" AS v1, CASE WHEN pg_catalog.pg_column_size("image"."v2") OPERATOR(pg_catalog.<=) 100 THEN pg_catalog.concat("image"."v2") WHEN pg_catalog.num_nonnulls("image"."v2") OPERATOR(pg_catalog.=) 1 THEN denorm.text_of("image"."v2", 125000000, 6) END COLLATE pg_catalog."C" AS v2) AS shown
            WHERE CASE WHEN side.was THEN o.number ELSE n.number END IS NOT NULL AND CASE WHEN GREATEST(o.size, n.size) OPERATOR(pg_catalog.>) 1000000 THEN true ELSE pg_catalog.record_image_ne(ROW(o.number, o.v1, o.v2), ROW(n.number, n.v1, n.v2)) END
        ) AS logged
        LIMIT room;
        GET DIAGNOSTICS written = ROW_COUNT;
        END IF;
    ELSE
        INSERT INTO denorm.change_log (source_id, image) VALUES (6, NULL);
    END IF;
    IF written OPERATOR(pg_catalog.>=) 20
        OR pg_catalog.date_part('microseconds', pg_catalog.clock_timestamp())::pg_catalog.int8
            OPERATOR(pg_catalog.&) 255 OPERATOR(pg_catalog.=) 0
    THEN
        IF written OPERATOR(pg_catalog.>=) room AND pg_catalog.has_sequence_privilege(pg_catalog.to_regclass('denorm.unlogged_change'), 'UPDATE') THEN
            PERFORM pg_catalog.setval(pg_catalog.to_regclass('denorm.unlogged_change'), pg_catalog.uuid_hash_extended(pg_catalog.gen_random_uuid(), 0));
        END IF;
        PERFORM denorm.limit_log();
    END IF;
    RETURN NULL;
END $capture$;

-- a column called like the quotes
CREATE OR REPLACE FUNCTION "denorm"."capture_8"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $capture_1$
#variable_conflict use_column
DECLARE
    written bigint;
    room bigint;
    was pg_catalog.text[];
    becomes pg_catalog.text[];
BEGIN
    IF TG_NARGS OPERATOR(pg_catalog.>) 0 THEN
        PERFORM pg_catalog.set_config('denorm.moving', CASE WHEN TG_WHEN OPERATOR(pg_catalog.=) 'BEFORE'
            THEN pg_catalog.concat(pg_catalog.current_setting('denorm.moving', true), '|')
            ELSE pg_catalog."left"(pg_catalog.current_setting('denorm.moving', true), -1) END, true);
        IF pg_catalog.current_setting('denorm.moving', true) OPERATOR(pg_catalog.=) '' THEN
            PERFORM pg_catalog.set_config('denorm.moved', '', true);
        END IF;
        RETURN NULL;
    END IF;
    room := CASE WHEN pg_catalog.has_schema_privilege('denorm', 'USAGE') THEN
        CASE WHEN pg_catalog.has_table_privilege(pg_catalog.to_regclass('denorm.change_log'), 'INSERT') THEN
            CASE WHEN pg_catalog.has_sequence_privilege(pg_catalog.to_regclass('denorm.log_room'), 'SELECT')
            THEN pg_catalog.pg_sequence_last_value(pg_catalog.to_regclass('denorm.log_room'))
            ELSE 9223372036854775807 END END END;
    IF room IS NULL THEN
        RETURN NULL;
    END IF;
    IF TG_LEVEL OPERATOR(pg_catalog.=) 'ROW' THEN
        IF room OPERATOR(pg_catalog.<) 0 AND pg_catalog.has_sequence_privilege(pg_catalog.to_regclass('denorm.unlogged_change'), 'UPDATE') THEN
            PERFORM pg_catalog.setval(pg_catalog.to_regclass('denorm.unlogged_change'), pg_catalog.uuid_hash_extended(pg_catalog.gen_random_uuid(), 0));
            RETURN NULL;
        END IF;
        BEGIN
            IF TG_OP OPERATOR(pg_catalog.<>) 'INSERT' THEN
                was := (SELECT ARRAY[shown.v1]::pg_catalog.text[] FROM (SELECT NULL::pg_catalog.text AS "x$capture$y") AS gone,
                LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("x$capture$y") OPERATOR(pg_catalog.<=) 10000 THEN pg_catalog.concat("x$capture$y") WHEN pg_catalog.num_nonnulls("x$capture$y") OPERATOR(pg_catalog.=) 1 THEN denorm.text_of("x$capture$y", 250000000, 8) END COLLATE pg_catalog."C" AS v1 FROM (SELECT OLD.*) AS changed) AS shown);
            END IF;
            IF TG_OP OPERATOR(pg_catalog.<>) 'DELETE' THEN
                becomes := (SELECT ARRAY[shown.v1]::pg_catalog.text[] FROM (SELECT NULL::pg_catalog.text AS "x$capture$y") AS gone,
                LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("x$capture$y") OPERATOR(pg_catalog.<=) 10000 THEN pg_catalog.concat("x$capture$y") WHEN pg_catalog.num_nonnulls("x$capture$y") OPERATOR(pg_catalog.=) 1 THEN denorm.text_of("x$capture$y", 250000000, 8) END COLLATE pg_catalog."C" AS v1 FROM (SELECT NEW.*) AS changed) AS shown);
            END IF;
        EXCEPTION WHEN OTHERS THEN
            -- A column got another type since this session was here first.
            INSERT INTO denorm.change_log (source_id, image) VALUES (8, NULL);
            RETURN NULL;
        END;
        IF TG_OP OPERATOR(pg_catalog.=) 'UPDATE' AND pg_catalog.array_eq(was, becomes) THEN
            RETURN NULL;
        END IF;
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 8, image.texts[1:1], pg_catalog.clock_timestamp()
        FROM (VALUES (was), (becomes)) AS image (texts) WHERE image.texts IS NOT NULL;
        written := 1;
    IF written OPERATOR(pg_catalog.>=) 20
        OR pg_catalog.date_part('microseconds', pg_catalog.clock_timestamp())::pg_catalog.int8
            OPERATOR(pg_catalog.&) 255 OPERATOR(pg_catalog.=) 0
    THEN
        IF written OPERATOR(pg_catalog.>=) room AND pg_catalog.has_sequence_privilege(pg_catalog.to_regclass('denorm.unlogged_change'), 'UPDATE') THEN
            PERFORM pg_catalog.setval(pg_catalog.to_regclass('denorm.unlogged_change'), pg_catalog.uuid_hash_extended(pg_catalog.gen_random_uuid(), 0));
        END IF;
        PERFORM denorm.limit_log();
    END IF;
        RETURN NULL;
    END IF;
    IF room OPERATOR(pg_catalog.<) 0 THEN
        IF pg_catalog.has_sequence_privilege(pg_catalog.to_regclass('denorm.unlogged_change'), 'UPDATE') THEN
            IF TG_OP OPERATOR(pg_catalog.=) 'DELETE' THEN
                PERFORM FROM old_rows LIMIT 1;
            ELSIF TG_OP OPERATOR(pg_catalog.<>) 'TRUNCATE' THEN
                PERFORM FROM new_rows LIMIT 1;
            END IF;
            IF FOUND OR TG_OP OPERATOR(pg_catalog.=) 'TRUNCATE' THEN
                PERFORM pg_catalog.setval(pg_catalog.to_regclass('denorm.unlogged_change'), pg_catalog.uuid_hash_extended(pg_catalog.gen_random_uuid(), 0));
            END IF;
            RETURN NULL;
        END IF;
        room := 9223372036854775807;
    END IF;
    IF TG_OP OPERATOR(pg_catalog.=) 'INSERT' THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 8, ARRAY[logged.v1]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT shown.v1 FROM (SELECT NULL::pg_catalog.text AS "x$capture$y") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("x$capture$y") OPERATOR(pg_catalog.<=) 10000 THEN pg_catalog.concat("x$capture$y") WHEN pg_catalog.num_nonnulls("x$capture$y") OPERATOR(pg_catalog.=) 1 THEN denorm.text_of("x$capture$y", 250000000, 8) END COLLATE pg_catalog."C" AS v1 FROM new_rows AS changed) AS shown
        ) AS logged
        LIMIT 20;
        GET DIAGNOSTICS written = ROW_COUNT;
        IF written OPERATOR(pg_catalog.=) 20 THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 8, ARRAY[logged.v1]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT DISTINCT shown.v1 FROM (SELECT NULL::pg_catalog.text AS "x$capture$y") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("x$capture$y") OPERATOR(pg_catalog.<=) 10000 THEN pg_catalog.concat("x$capture$y") WHEN pg_catalog.num_nonnulls("x$capture$y") OPERATOR(pg_catalog.=) 1 THEN denorm.text_of("x$capture$y", 250000000, 8) END COLLATE pg_catalog."C" AS v1 FROM new_rows AS changed OFFSET 20) AS shown
        ) AS logged
        LIMIT room;
        GET DIAGNOSTICS written = ROW_COUNT;
        END IF;
    ELSIF TG_OP OPERATOR(pg_catalog.=) 'DELETE' THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 8, ARRAY[logged.v1]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT shown.v1 FROM (SELECT NULL::pg_catalog.text AS "x$capture$y") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("x$capture$y") OPERATOR(pg_catalog.<=) 10000 THEN pg_catalog.concat("x$capture$y") WHEN pg_catalog.num_nonnulls("x$capture$y") OPERATOR(pg_catalog.=) 1 THEN denorm.text_of("x$capture$y", 250000000, 8) END COLLATE pg_catalog."C" AS v1 FROM old_rows AS changed) AS shown
        ) AS logged
        LIMIT 20;
        GET DIAGNOSTICS written = ROW_COUNT;
        IF written OPERATOR(pg_catalog.=) 20 THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 8, ARRAY[logged.v1]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT DISTINCT shown.v1 FROM (SELECT NULL::pg_catalog.text AS "x$capture$y") AS gone,
            LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("x$capture$y") OPERATOR(pg_catalog.<=) 10000 THEN pg_catalog.concat("x$capture$y") WHEN pg_catalog.num_nonnulls("x$capture$y") OPERATOR(pg_catalog.=) 1 THEN denorm.text_of("x$capture$y", 250000000, 8) END COLLATE pg_catalog."C" AS v1 FROM old_rows AS changed OFFSET 20) AS shown
        ) AS logged
        LIMIT room;
        GET DIAGNOSTICS written = ROW_COUNT;
        END IF;
    ELSIF TG_OP OPERATOR(pg_catalog.=) 'UPDATE' THEN
        IF EXISTS (SELECT FROM old_rows OFFSET 20) OR EXISTS (SELECT FROM new_rows OFFSET 20) THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 8, ARRAY[logged.v1]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT shown.v1 FROM (SELECT pg_catalog.row_number() OVER () AS number, part.* FROM (SELECT shown.* FROM (SELECT NULL::pg_catalog.text AS "x$capture$y") AS gone,
                LATERAL (SELECT "x$capture$y" AS v1, GREATEST(pg_catalog.pg_column_size("x$capture$y")) AS size FROM old_rows AS changed) AS shown OFFSET 0) AS part) AS o
            FULL JOIN (SELECT pg_catalog.row_number() OVER () AS number, part.* FROM (SELECT shown.* FROM (SELECT NULL::pg_catalog.text AS "x$capture$y") AS gone,
                LATERAL (SELECT "x$capture$y" AS v1, GREATEST(pg_catalog.pg_column_size("x$capture$y")) AS size FROM new_rows AS changed) AS shown OFFSET 0) AS part) AS n ON n.number OPERATOR(pg_catalog.=) o.number,
            (VALUES (true), (false)) AS side (was), LATERAL (SELECT CASE WHEN side.was THEN o.v1 ELSE n.v1 END AS v1) AS image,
            LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("image"."v1") OPERATOR(pg_catalog.<=) 10000 THEN pg_catalog.concat("image"."v1") WHEN pg_catalog.num_nonnulls("image"."v1") OPERATOR(pg_catalog.=) 1 THEN denorm.text_of("image"."v1", 250000000, 8) END COLLATE pg_catalog."C" AS v1) AS shown
            WHERE CASE WHEN side.was THEN o.number ELSE n.number END IS NOT NULL AND CASE WHEN GREATEST(o.size, n.size) OPERATOR(pg_catalog.>) 1000000 THEN true ELSE pg_catalog.record_image_ne(ROW(o.number, o.v1), ROW(n.number, n.v1)) END
        ) AS logged
        LIMIT room;
        GET DIAGNOSTICS written = ROW_COUNT;
        ELSE
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 8, ARRAY[logged.v1]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT shown.v1 FROM (SELECT pg_catalog.row_number() OVER () AS number, part.* FROM (SELECT shown.* FROM (SELECT NULL::pg_catalog.text AS "x$capture$y") AS gone,
                LATERAL (SELECT "x$capture$y" AS v1, GREATEST(pg_catalog.pg_column_size("x$capture$y")) AS size FROM old_rows AS changed LIMIT 20) AS shown OFFSET 0) AS part) AS o
            FULL JOIN (SELECT pg_catalog.row_number() OVER () AS number, part.* FROM (SELECT shown.* FROM (SELECT NULL::pg_catalog.text AS "x$capture$y") AS gone,
                LATERAL (SELECT "x$capture$y" AS v1, GREATEST(pg_catalog.pg_column_size("x$capture$y")) AS size FROM new_rows AS changed LIMIT 20) AS shown OFFSET 0) AS part) AS n ON n.number OPERATOR(pg_catalog.=) o.number,
            (VALUES (true), (false)) AS side (was), LATERAL (SELECT CASE WHEN side.was THEN o.v1 ELSE n.v1 END AS v1) AS image,
            LATERAL (SELECT CASE WHEN pg_catalog.pg_column_size("image"."v1") OPERATOR(pg_catalog.<=) 10000 THEN pg_catalog.concat("image"."v1") WHEN pg_catalog.num_nonnulls("image"."v1") OPERATOR(pg_catalog.=) 1 THEN denorm.text_of("image"."v1", 250000000, 8) END COLLATE pg_catalog."C" AS v1) AS shown
            WHERE CASE WHEN side.was THEN o.number ELSE n.number END IS NOT NULL AND CASE WHEN GREATEST(o.size, n.size) OPERATOR(pg_catalog.>) 1000000 THEN true ELSE pg_catalog.record_image_ne(ROW(o.number, o.v1), ROW(n.number, n.v1)) END
        ) AS logged
        LIMIT room;
        GET DIAGNOSTICS written = ROW_COUNT;
        END IF;
    ELSE
        INSERT INTO denorm.change_log (source_id, image) VALUES (8, NULL);
    END IF;
    IF written OPERATOR(pg_catalog.>=) 20
        OR pg_catalog.date_part('microseconds', pg_catalog.clock_timestamp())::pg_catalog.int8
            OPERATOR(pg_catalog.&) 255 OPERATOR(pg_catalog.=) 0
    THEN
        IF written OPERATOR(pg_catalog.>=) room AND pg_catalog.has_sequence_privilege(pg_catalog.to_regclass('denorm.unlogged_change'), 'UPDATE') THEN
            PERFORM pg_catalog.setval(pg_catalog.to_regclass('denorm.unlogged_change'), pg_catalog.uuid_hash_extended(pg_catalog.gen_random_uuid(), 0));
        END IF;
        PERFORM denorm.limit_log();
    END IF;
    RETURN NULL;
END $capture_1$;

-- nothing but that it changed
CREATE OR REPLACE FUNCTION "denorm"."capture_7"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $capture$
#variable_conflict use_column
DECLARE
    written bigint;
    room bigint;
    was pg_catalog.text[];
    becomes pg_catalog.text[];
BEGIN
    IF TG_NARGS OPERATOR(pg_catalog.>) 0 THEN
        PERFORM pg_catalog.set_config('denorm.moving', CASE WHEN TG_WHEN OPERATOR(pg_catalog.=) 'BEFORE'
            THEN pg_catalog.concat(pg_catalog.current_setting('denorm.moving', true), '|')
            ELSE pg_catalog."left"(pg_catalog.current_setting('denorm.moving', true), -1) END, true);
        IF pg_catalog.current_setting('denorm.moving', true) OPERATOR(pg_catalog.=) '' THEN
            PERFORM pg_catalog.set_config('denorm.moved', '', true);
        END IF;
        RETURN NULL;
    END IF;
    room := CASE WHEN pg_catalog.has_schema_privilege('denorm', 'USAGE') THEN
        CASE WHEN pg_catalog.has_table_privilege(pg_catalog.to_regclass('denorm.change_log'), 'INSERT') THEN
            CASE WHEN pg_catalog.has_sequence_privilege(pg_catalog.to_regclass('denorm.log_room'), 'SELECT')
            THEN pg_catalog.pg_sequence_last_value(pg_catalog.to_regclass('denorm.log_room'))
            ELSE 9223372036854775807 END END END;
    IF room IS NULL THEN
        RETURN NULL;
    END IF;
    IF TG_LEVEL OPERATOR(pg_catalog.=) 'ROW' THEN
        IF room OPERATOR(pg_catalog.<) 0 AND pg_catalog.has_sequence_privilege(pg_catalog.to_regclass('denorm.unlogged_change'), 'UPDATE') THEN
            PERFORM pg_catalog.setval(pg_catalog.to_regclass('denorm.unlogged_change'), pg_catalog.uuid_hash_extended(pg_catalog.gen_random_uuid(), 0));
            RETURN NULL;
        END IF;
        BEGIN
            IF TG_OP OPERATOR(pg_catalog.<>) 'INSERT' THEN
                was := (SELECT ARRAY[NULL]::pg_catalog.text[] FROM (SELECT NULL) AS gone,
                LATERAL (SELECT NULL FROM (SELECT OLD.*) AS changed) AS shown);
            END IF;
            IF TG_OP OPERATOR(pg_catalog.<>) 'DELETE' THEN
                becomes := (SELECT ARRAY[NULL]::pg_catalog.text[] FROM (SELECT NULL) AS gone,
                LATERAL (SELECT NULL FROM (SELECT NEW.*) AS changed) AS shown);
            END IF;
        EXCEPTION WHEN OTHERS THEN
            -- A column got another type since this session was here first.
            INSERT INTO denorm.change_log (source_id, image) VALUES (7, NULL);
            RETURN NULL;
        END;
        IF TG_OP OPERATOR(pg_catalog.=) 'UPDATE' AND pg_catalog.array_eq(was, becomes) THEN
            RETURN NULL;
        END IF;
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 7, ARRAY[NULL]::pg_catalog.text[], pg_catalog.clock_timestamp()
        FROM (VALUES (was), (becomes)) AS image (texts) WHERE image.texts IS NOT NULL;
        written := 1;
    IF written OPERATOR(pg_catalog.>=) 20
        OR pg_catalog.date_part('microseconds', pg_catalog.clock_timestamp())::pg_catalog.int8
            OPERATOR(pg_catalog.&) 255 OPERATOR(pg_catalog.=) 0
    THEN
        IF written OPERATOR(pg_catalog.>=) room AND pg_catalog.has_sequence_privilege(pg_catalog.to_regclass('denorm.unlogged_change'), 'UPDATE') THEN
            PERFORM pg_catalog.setval(pg_catalog.to_regclass('denorm.unlogged_change'), pg_catalog.uuid_hash_extended(pg_catalog.gen_random_uuid(), 0));
        END IF;
        PERFORM denorm.limit_log();
    END IF;
        RETURN NULL;
    END IF;
    IF room OPERATOR(pg_catalog.<) 0 THEN
        IF pg_catalog.has_sequence_privilege(pg_catalog.to_regclass('denorm.unlogged_change'), 'UPDATE') THEN
            IF TG_OP OPERATOR(pg_catalog.=) 'DELETE' THEN
                PERFORM FROM old_rows LIMIT 1;
            ELSIF TG_OP OPERATOR(pg_catalog.<>) 'TRUNCATE' THEN
                PERFORM FROM new_rows LIMIT 1;
            END IF;
            IF FOUND OR TG_OP OPERATOR(pg_catalog.=) 'TRUNCATE' THEN
                PERFORM pg_catalog.setval(pg_catalog.to_regclass('denorm.unlogged_change'), pg_catalog.uuid_hash_extended(pg_catalog.gen_random_uuid(), 0));
            END IF;
            RETURN NULL;
        END IF;
        room := 9223372036854775807;
    END IF;
    IF TG_OP OPERATOR(pg_catalog.=) 'INSERT' THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 7, ARRAY[NULL]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT NULL FROM (SELECT NULL) AS gone,
            LATERAL (SELECT NULL FROM new_rows AS changed) AS shown
        ) AS logged
        LIMIT 20;
        GET DIAGNOSTICS written = ROW_COUNT;
        IF written OPERATOR(pg_catalog.=) 20 THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 7, ARRAY[NULL]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT DISTINCT NULL FROM (SELECT NULL) AS gone,
            LATERAL (SELECT NULL FROM new_rows AS changed OFFSET 20) AS shown
        ) AS logged
        LIMIT room;
        GET DIAGNOSTICS written = ROW_COUNT;
        END IF;
    ELSIF TG_OP OPERATOR(pg_catalog.=) 'DELETE' THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 7, ARRAY[NULL]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT NULL FROM (SELECT NULL) AS gone,
            LATERAL (SELECT NULL FROM old_rows AS changed) AS shown
        ) AS logged
        LIMIT 20;
        GET DIAGNOSTICS written = ROW_COUNT;
        IF written OPERATOR(pg_catalog.=) 20 THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 7, ARRAY[NULL]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT DISTINCT NULL FROM (SELECT NULL) AS gone,
            LATERAL (SELECT NULL FROM old_rows AS changed OFFSET 20) AS shown
        ) AS logged
        LIMIT room;
        GET DIAGNOSTICS written = ROW_COUNT;
        END IF;
    ELSIF TG_OP OPERATOR(pg_catalog.=) 'UPDATE' THEN
        IF EXISTS (SELECT FROM old_rows OFFSET 20) OR EXISTS (SELECT FROM new_rows OFFSET 20) THEN
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 7, ARRAY[NULL]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT NULL FROM (SELECT pg_catalog.row_number() OVER () AS number, part.* FROM (SELECT shown.* FROM (SELECT NULL) AS gone,
                LATERAL (SELECT NULL FROM old_rows AS changed) AS shown) AS part) AS o
            FULL JOIN (SELECT pg_catalog.row_number() OVER () AS number, part.* FROM (SELECT shown.* FROM (SELECT NULL) AS gone,
                LATERAL (SELECT NULL FROM new_rows AS changed) AS shown) AS part) AS n ON n.number OPERATOR(pg_catalog.=) o.number,
            (VALUES (true), (false)) AS side (was), LATERAL (SELECT NULL) AS image,
            LATERAL (SELECT NULL) AS shown
            WHERE CASE WHEN side.was THEN o.number ELSE n.number END IS NOT NULL AND pg_catalog.record_image_ne(ROW(o.number), ROW(n.number))
        ) AS logged
        LIMIT room;
        GET DIAGNOSTICS written = ROW_COUNT;
        ELSE
        INSERT INTO denorm.change_log (source_id, image, logged_at)
        SELECT 7, ARRAY[NULL]::pg_catalog.text[], pg_catalog.clock_timestamp() FROM (
            SELECT NULL FROM (SELECT pg_catalog.row_number() OVER () AS number, part.* FROM (SELECT shown.* FROM (SELECT NULL) AS gone,
                LATERAL (SELECT NULL FROM old_rows AS changed LIMIT 20) AS shown) AS part) AS o
            FULL JOIN (SELECT pg_catalog.row_number() OVER () AS number, part.* FROM (SELECT shown.* FROM (SELECT NULL) AS gone,
                LATERAL (SELECT NULL FROM new_rows AS changed LIMIT 20) AS shown) AS part) AS n ON n.number OPERATOR(pg_catalog.=) o.number,
            (VALUES (true), (false)) AS side (was), LATERAL (SELECT NULL) AS image,
            LATERAL (SELECT NULL) AS shown
            WHERE CASE WHEN side.was THEN o.number ELSE n.number END IS NOT NULL AND pg_catalog.record_image_ne(ROW(o.number), ROW(n.number))
        ) AS logged
        LIMIT room;
        GET DIAGNOSTICS written = ROW_COUNT;
        END IF;
    ELSE
        INSERT INTO denorm.change_log (source_id, image) VALUES (7, NULL);
    END IF;
    IF written OPERATOR(pg_catalog.>=) 20
        OR pg_catalog.date_part('microseconds', pg_catalog.clock_timestamp())::pg_catalog.int8
            OPERATOR(pg_catalog.&) 255 OPERATOR(pg_catalog.=) 0
    THEN
        IF written OPERATOR(pg_catalog.>=) room AND pg_catalog.has_sequence_privilege(pg_catalog.to_regclass('denorm.unlogged_change'), 'UPDATE') THEN
            PERFORM pg_catalog.setval(pg_catalog.to_regclass('denorm.unlogged_change'), pg_catalog.uuid_hash_extended(pg_catalog.gen_random_uuid(), 0));
        END IF;
        PERFORM denorm.limit_log();
    END IF;
    RETURN NULL;
END $capture$;
