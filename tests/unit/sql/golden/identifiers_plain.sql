-- create_function
CREATE OR REPLACE FUNCTION "denorm"."identifiers_of_books_74cad918"() RETURNS trigger LANGUAGE plpgsql AS $keep$
BEGIN
    IF TG_OP OPERATOR(pg_catalog.=) 'INSERT' THEN
        IF "new"."id" IS NULL THEN
            "new"."id" := "new"."uid"::pg_catalog.text;
        ELSE
            "new"."uid" := (CASE WHEN "new"."id"::pg_catalog.text COLLATE pg_catalog."C" OPERATOR(pg_catalog.~) '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
            THEN "new"."id"::pg_catalog.text::pg_catalog.uuid END);
        END IF;
        IF "new"."owner_id" IS NULL THEN
            "new"."owner_id" := "new"."owner_uid"::pg_catalog.text;
        ELSE
            "new"."owner_uid" := (CASE WHEN "new"."owner_id"::pg_catalog.text COLLATE pg_catalog."C" OPERATOR(pg_catalog.~) '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
            THEN "new"."owner_id"::pg_catalog.text::pg_catalog.uuid END);
        END IF;
    ELSE
        IF "new"."uid"::pg_catalog.text IS DISTINCT FROM "new"."id"::pg_catalog.text COLLATE pg_catalog."C" THEN
            IF "new"."id" IS NOT DISTINCT FROM "old"."id" AND "new"."uid" IS DISTINCT FROM "old"."uid" THEN
                "new"."id" := "new"."uid"::pg_catalog.text;
            ELSE
                "new"."uid" := (CASE WHEN "new"."id"::pg_catalog.text COLLATE pg_catalog."C" OPERATOR(pg_catalog.~) '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
            THEN "new"."id"::pg_catalog.text::pg_catalog.uuid END);
            END IF;
        END IF;
        IF "new"."owner_uid"::pg_catalog.text IS DISTINCT FROM "new"."owner_id"::pg_catalog.text COLLATE pg_catalog."C" THEN
            IF "new"."owner_id" IS NOT DISTINCT FROM "old"."owner_id" AND "new"."owner_uid" IS DISTINCT FROM "old"."owner_uid" THEN
                "new"."owner_id" := "new"."owner_uid"::pg_catalog.text;
            ELSE
                "new"."owner_uid" := (CASE WHEN "new"."owner_id"::pg_catalog.text COLLATE pg_catalog."C" OPERATOR(pg_catalog.~) '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
            THEN "new"."owner_id"::pg_catalog.text::pg_catalog.uuid END);
            END IF;
        END IF;
    END IF;
    RETURN NEW;
END $keep$;

-- comment_on_function
COMMENT ON FUNCTION "denorm"."identifiers_of_books_74cad918"() IS 'denorm_assets af1a60a8f20b';

-- add_columns
ALTER TABLE "library"."books" ADD COLUMN "uid" uuid, ADD COLUMN "owner_uid" uuid;

-- create_trigger
CREATE OR REPLACE TRIGGER "zz_denorm_identifiers" BEFORE INSERT OR UPDATE ON "library"."books"
FOR EACH ROW WHEN ("new"."id" IS NOT NULL OR "new"."uid" IS NOT NULL OR "new"."owner_id" IS NOT NULL OR "new"."owner_uid" IS NOT NULL)
EXECUTE FUNCTION "denorm"."identifiers_of_books_74cad918"();

-- enable_always
ALTER TABLE "library"."books" ENABLE ALWAYS TRIGGER "zz_denorm_identifiers";

-- fill_blocks
UPDATE "library"."books" SET "uid" = "uid"
WHERE ctid >= %(first)s::tid AND ctid < %(beyond)s::tid AND ("uid"::text IS DISTINCT FROM "id"::text COLLATE pg_catalog."C" OR "owner_uid"::text IS DISTINCT FROM "owner_id"::text COLLATE pg_catalog."C");

-- fill_blocks_directly
UPDATE "library"."books" SET "uid" = (CASE WHEN "id"::pg_catalog.text COLLATE pg_catalog."C" OPERATOR(pg_catalog.~) '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
            THEN "id"::pg_catalog.text::pg_catalog.uuid END), "owner_uid" = (CASE WHEN "owner_id"::pg_catalog.text COLLATE pg_catalog."C" OPERATOR(pg_catalog.~) '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
            THEN "owner_id"::pg_catalog.text::pg_catalog.uuid END)
WHERE ctid >= %(first)s::tid AND ctid < %(beyond)s::tid AND ("uid"::text IS DISTINCT FROM "id"::text COLLATE pg_catalog."C" OR "owner_uid"::text IS DISTINCT FROM "owner_id"::text COLLATE pg_catalog."C");

-- vacuum
VACUUM (ANALYZE, TRUNCATE false) "library"."books";

-- any_differing
SELECT EXISTS (SELECT FROM "library"."books" WHERE ("uid"::text IS DISTINCT FROM "id"::text COLLATE pg_catalog."C" OR "owner_uid"::text IS DISTINCT FROM "owner_id"::text COLLATE pg_catalog."C")) AS present;

-- compare
SELECT counted.rows, pair.* FROM (
    SELECT count(*) AS rows, ARRAY[ROW('id'::text, count(*) FILTER (WHERE "uid"::text IS DISTINCT FROM "id"::text COLLATE pg_catalog."C"),
    avg(pg_column_size("id")), avg(pg_column_size("uid"))), ROW('owner_id'::text, count(*) FILTER (WHERE "owner_uid"::text IS DISTINCT FROM "owner_id"::text COLLATE pg_catalog."C"),
    avg(pg_column_size("owner_id")), avg(pg_column_size("owner_uid")))] AS pairs FROM "library"."books"
) AS counted, unnest(counted.pairs)
AS pair ("column" text, differing bigint, text_bytes numeric, uuid_bytes numeric);

-- malformed  at_most=3
SELECT "id"::text AS value, sum(count(*)) OVER () AS rows FROM "library"."books"
WHERE "id" IS NOT NULL AND (CASE WHEN "id"::pg_catalog.text COLLATE pg_catalog."C" OPERATOR(pg_catalog.~) '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
            THEN "id"::pg_catalog.text::pg_catalog.uuid END) IS NULL GROUP BY value ORDER BY value LIMIT %(at_most)s;

-- add_not_null_check
ALTER TABLE "library"."books" ADD CONSTRAINT "denorm_uid_not_null" CHECK ("uid" IS NOT NULL) NOT VALID;

-- validate
ALTER TABLE "library"."books" VALIDATE CONSTRAINT "denorm_uid_not_null";

-- add_with_text_check
ALTER TABLE "library"."books" ADD CONSTRAINT "denorm_owner_uid_with_text" CHECK (("owner_id" IS NULL) = ("owner_uid" IS NULL)) NOT VALID;

-- set_default
ALTER TABLE "library"."books" ALTER COLUMN "uid" SET DEFAULT (gen_random_uuid()::text)::pg_catalog.uuid;

-- drop_default
ALTER TABLE "library"."books" ALTER COLUMN "uid" DROP DEFAULT;

-- create_index
CREATE UNIQUE INDEX CONCURRENTLY "books_uid" ON "library"."books" USING "btree" ("owner_uid", "owner_id" DESC) INCLUDE ("owner_uid") WHERE title <> '';

-- set_not_null
ALTER TABLE "library"."books" ALTER COLUMN "uid" SET NOT NULL;

-- drop_constraint
ALTER TABLE "library"."books" DROP CONSTRAINT IF EXISTS "denorm_uid_not_null";

-- create_unique_index
CREATE UNIQUE INDEX CONCURRENTLY "books_uid_key" ON "library"."books" ("uid");

-- add_reference
ALTER TABLE "library"."books" ADD CONSTRAINT "books_owner_uid_fkey" FOREIGN KEY ("owner_uid")
    REFERENCES "library"."people" ("uid") ON UPDATE CASCADE ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED NOT VALID;

-- move_primary_key
ALTER TABLE "library"."books" DROP CONSTRAINT "books_pkey", ADD CONSTRAINT "books_pkey" PRIMARY KEY USING INDEX "books_uid_key";

-- comment_on_constraint
COMMENT ON CONSTRAINT "books_pkey" ON "library"."books" IS 'it''s';

-- add_unique
ALTER TABLE "library"."books" ADD CONSTRAINT "books_uid_key" UNIQUE USING INDEX "books_uid_key";

-- drop_function
DROP FUNCTION IF EXISTS "denorm"."identifiers_of_books_74cad918"() CASCADE;

-- drop_columns
ALTER TABLE "library"."books" DROP COLUMN "id", DROP COLUMN "owner_id";
