-- column
ALTER TABLE "app"."items" ADD COLUMN "deleted_at" timestamptz;

-- function
CREATE OR REPLACE FUNCTION "denorm"."soft_delete_items_bc2d8f7a"() RETURNS trigger LANGUAGE plpgsql AS $soft_delete$
BEGIN
    UPDATE "app"."items" AS held SET "deleted_at" = pg_catalog.now()
    WHERE held."id" OPERATOR("pg_catalog".=) OLD."id" AND held."deleted_at" IS NULL;
    IF FOUND THEN
        RETURN OLD;
    END IF;
    RETURN NULL;
END $soft_delete$;

-- function of odd names, a key of two columns
CREATE OR REPLACE FUNCTION "denorm"."soft_delete_Or""der %s {x}_aa630b1a"() RETURNS trigger LANGUAGE plpgsql AS $soft_delete$
BEGIN
    UPDATE "My Schema"."Or""der %s {x}" AS held SET "deleted_at" = pg_catalog.now()
    WHERE held."a %s" OPERATOR("pg_catalog".=) OLD."a %s" AND held."B" OPERATOR("My Schema".===) OLD."B" AND held."deleted_at" IS NULL;
    IF FOUND THEN
        RETURN OLD;
    END IF;
    RETURN NULL;
END $soft_delete$;

-- view
CREATE VIEW "app"."items_live" WITH (security_invoker = true) AS
SELECT "id", "body" FROM "app"."items" WHERE "deleted_at" IS NULL;

-- view replaced, odd names
CREATE OR REPLACE VIEW "My Schema"."Or""der %s {x}_live" WITH (security_invoker = true) AS
SELECT "a %s" FROM "My Schema"."Or""der %s {x}" WHERE "deleted_at" IS NULL;

-- view to compare with
CREATE TEMPORARY VIEW "denorm_expected" AS
SELECT "id", "body" FROM "app"."items" WHERE "deleted_at" IS NULL;

-- trigger
CREATE OR REPLACE TRIGGER "trg_denorm_soft_delete" INSTEAD OF DELETE ON "app"."items_live"
FOR EACH ROW EXECUTE FUNCTION "denorm"."soft_delete_items_bc2d8f7a"();

-- comment
COMMENT ON VIEW "app"."items_live" IS 'denorm_assets soft delete 0ebc35268be7';

-- marked rows
SELECT count(*) AS marked FROM "app"."items" WHERE "deleted_at" IS NOT NULL;

-- drop view
DROP VIEW "app"."items_live";

-- undo
DO $soft_delete$ BEGIN
    DROP VIEW "app"."items_live";
    DROP FUNCTION IF EXISTS "denorm"."soft_delete_items_bc2d8f7a"();
END $soft_delete$;

-- undo, column
DO $soft_delete$ BEGIN
    LOCK TABLE "My Schema"."Or""der %s {x}" IN ACCESS EXCLUSIVE MODE;
    IF EXISTS (SELECT FROM "My Schema"."Or""der %s {x}" WHERE "deleted_at" IS NOT NULL) THEN
        RAISE EXCEPTION USING MESSAGE = 'a row of My Schema.Or"der %s {x} was marked as deleted meanwhile, so its mark stays; purge it, then try again';
    END IF;
    ALTER TABLE "My Schema"."Or""der %s {x}" DROP COLUMN "deleted_at";
END $soft_delete$;
