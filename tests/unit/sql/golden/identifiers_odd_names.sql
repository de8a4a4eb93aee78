-- create_function
CREATE OR REPLACE FUNCTION "denorm"."identifiers_of_a ""b""_f69637c5"() RETURNS trigger LANGUAGE plpgsql AS $keep$
BEGIN
    IF TG_OP OPERATOR(pg_catalog.=) 'INSERT' THEN
        IF "new"."select" IS NULL THEN
            "new"."select" := "new"."select_uid"::pg_catalog.text;
        ELSE
            "new"."select_uid" := (CASE WHEN "new"."select"::pg_catalog.text COLLATE pg_catalog."C" OPERATOR(pg_catalog.~) '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
            THEN "new"."select"::pg_catalog.text::pg_catalog.uuid END);
        END IF;
        IF "new"."x y_id" IS NULL THEN
            "new"."x y_id" := "new"."x y_uid"::pg_catalog.text;
        ELSE
            "new"."x y_uid" := (CASE WHEN "new"."x y_id"::pg_catalog.text COLLATE pg_catalog."C" OPERATOR(pg_catalog.~) '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
            THEN "new"."x y_id"::pg_catalog.text::pg_catalog.uuid END);
        END IF;
    ELSE
        IF "new"."select_uid"::pg_catalog.text IS DISTINCT FROM "new"."select"::pg_catalog.text COLLATE pg_catalog."C" THEN
            IF "new"."select" IS NOT DISTINCT FROM "old"."select" AND "new"."select_uid" IS DISTINCT FROM "old"."select_uid" THEN
                "new"."select" := "new"."select_uid"::pg_catalog.text;
            ELSE
                "new"."select_uid" := (CASE WHEN "new"."select"::pg_catalog.text COLLATE pg_catalog."C" OPERATOR(pg_catalog.~) '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
            THEN "new"."select"::pg_catalog.text::pg_catalog.uuid END);
            END IF;
        END IF;
        IF "new"."x y_uid"::pg_catalog.text IS DISTINCT FROM "new"."x y_id"::pg_catalog.text COLLATE pg_catalog."C" THEN
            IF "new"."x y_id" IS NOT DISTINCT FROM "old"."x y_id" AND "new"."x y_uid" IS DISTINCT FROM "old"."x y_uid" THEN
                "new"."x y_id" := "new"."x y_uid"::pg_catalog.text;
            ELSE
                "new"."x y_uid" := (CASE WHEN "new"."x y_id"::pg_catalog.text COLLATE pg_catalog."C" OPERATOR(pg_catalog.~) '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
            THEN "new"."x y_id"::pg_catalog.text::pg_catalog.uuid END);
            END IF;
        END IF;
    END IF;
    RETURN NEW;
END $keep$;

-- comment_on_function
COMMENT ON FUNCTION "denorm"."identifiers_of_a ""b""_f69637c5"() IS 'denorm_assets a62eb7d6408c';

-- add_columns
ALTER TABLE "100%"."a ""b""" ADD COLUMN "select_uid" uuid, ADD COLUMN "x y_uid" uuid;

-- create_trigger
CREATE OR REPLACE TRIGGER "zz_denorm_identifiers" BEFORE INSERT OR UPDATE ON "100%"."a ""b"""
FOR EACH ROW WHEN ("new"."select" IS NOT NULL OR "new"."select_uid" IS NOT NULL OR "new"."x y_id" IS NOT NULL OR "new"."x y_uid" IS NOT NULL)
EXECUTE FUNCTION "denorm"."identifiers_of_a ""b""_f69637c5"();

-- enable_always
ALTER TABLE "100%"."a ""b""" ENABLE ALWAYS TRIGGER "zz_denorm_identifiers";

-- fill_blocks
UPDATE "100%"."a ""b""" SET "select_uid" = "select_uid"
WHERE ctid >= %(first)s::tid AND ctid < %(beyond)s::tid AND ("select_uid"::text IS DISTINCT FROM "select"::text COLLATE pg_catalog."C" OR "x y_uid"::text IS DISTINCT FROM "x y_id"::text COLLATE pg_catalog."C");

-- fill_blocks_directly
UPDATE "100%"."a ""b""" SET "select_uid" = (CASE WHEN "select"::pg_catalog.text COLLATE pg_catalog."C" OPERATOR(pg_catalog.~) '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
            THEN "select"::pg_catalog.text::pg_catalog.uuid END), "x y_uid" = (CASE WHEN "x y_id"::pg_catalog.text COLLATE pg_catalog."C" OPERATOR(pg_catalog.~) '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
            THEN "x y_id"::pg_catalog.text::pg_catalog.uuid END)
WHERE ctid >= %(first)s::tid AND ctid < %(beyond)s::tid AND ("select_uid"::text IS DISTINCT FROM "select"::text COLLATE pg_catalog."C" OR "x y_uid"::text IS DISTINCT FROM "x y_id"::text COLLATE pg_catalog."C");

-- vacuum
VACUUM (ANALYZE, TRUNCATE false) "100%"."a ""b""";

-- any_differing
SELECT EXISTS (SELECT FROM "100%"."a ""b""" WHERE ("select_uid"::text IS DISTINCT FROM "select"::text COLLATE pg_catalog."C" OR "x y_uid"::text IS DISTINCT FROM "x y_id"::text COLLATE pg_catalog."C")) AS present;

-- compare
SELECT counted.rows, pair.* FROM (
    SELECT count(*) AS rows, ARRAY[ROW('select'::text, count(*) FILTER (WHERE "select_uid"::text IS DISTINCT FROM "select"::text COLLATE pg_catalog."C"),
    avg(pg_column_size("select")), avg(pg_column_size("select_uid"))), ROW('x y_id'::text, count(*) FILTER (WHERE "x y_uid"::text IS DISTINCT FROM "x y_id"::text COLLATE pg_catalog."C"),
    avg(pg_column_size("x y_id")), avg(pg_column_size("x y_uid")))] AS pairs FROM "100%"."a ""b"""
) AS counted, unnest(counted.pairs)
AS pair ("column" text, differing bigint, text_bytes numeric, uuid_bytes numeric);

-- malformed  at_most=3
SELECT "select"::text AS value, sum(count(*)) OVER () AS rows FROM "100%"."a ""b"""
WHERE "select" IS NOT NULL AND (CASE WHEN "select"::pg_catalog.text COLLATE pg_catalog."C" OPERATOR(pg_catalog.~) '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
            THEN "select"::pg_catalog.text::pg_catalog.uuid END) IS NULL GROUP BY value ORDER BY value LIMIT %(at_most)s;

-- add_not_null_check
ALTER TABLE "100%"."a ""b""" ADD CONSTRAINT "denorm_select_uid_not_null" CHECK ("select_uid" IS NOT NULL) NOT VALID;

-- validate
ALTER TABLE "100%"."a ""b""" VALIDATE CONSTRAINT "denorm_select_uid_not_null";

-- add_with_text_check
ALTER TABLE "100%"."a ""b""" ADD CONSTRAINT "denorm_x y_uid_with_text" CHECK (("x y_id" IS NULL) = ("x y_uid" IS NULL)) NOT VALID;

-- set_default
ALTER TABLE "100%"."a ""b""" ALTER COLUMN "uid" SET DEFAULT (gen_random_uuid()::text)::pg_catalog.uuid;

-- drop_default
ALTER TABLE "100%"."a ""b""" ALTER COLUMN "select_uid" DROP DEFAULT;

-- create_index
CREATE UNIQUE INDEX CONCURRENTLY "a ""b""_uid" ON "100%"."a ""b""" USING "btree" ("x y_uid", "x y_id" DESC) INCLUDE ("x y_uid") WHERE title <> '';

-- set_not_null
ALTER TABLE "100%"."a ""b""" ALTER COLUMN "select_uid" SET NOT NULL;

-- drop_constraint
ALTER TABLE "100%"."a ""b""" DROP CONSTRAINT IF EXISTS "denorm_select_uid_not_null";

-- create_unique_index
CREATE UNIQUE INDEX CONCURRENTLY "a ""b""_select_uid_key" ON "100%"."a ""b""" ("select_uid");

-- add_reference
ALTER TABLE "100%"."a ""b""" ADD CONSTRAINT "a ""b""_x y_uid_fkey" FOREIGN KEY ("x y_uid")
    REFERENCES "100%"."people" ("select_uid") ON UPDATE CASCADE ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED NOT VALID;

-- move_primary_key
ALTER TABLE "100%"."a ""b""" DROP CONSTRAINT "a ""b""_pkey", ADD CONSTRAINT "a ""b""_pkey" PRIMARY KEY USING INDEX "a ""b""_select_uid_key";

-- comment_on_constraint
COMMENT ON CONSTRAINT "a ""b""_pkey" ON "100%"."a ""b""" IS 'it''s';

-- add_unique
ALTER TABLE "100%"."a ""b""" ADD CONSTRAINT "a ""b""_select_uid_key" UNIQUE USING INDEX "a ""b""_select_uid_key";

-- drop_function
DROP FUNCTION IF EXISTS "denorm"."identifiers_of_a ""b""_f69637c5"() CASCADE;

-- drop_columns
ALTER TABLE "100%"."a ""b""" DROP COLUMN "select", DROP COLUMN "x y_id";
