-- column
ALTER TABLE "app"."items" ADD COLUMN "deleted_at" timestamptz;

-- analyze
ANALYZE "app"."items" ("deleted_at");

-- function
CREATE OR REPLACE FUNCTION "denorm"."deletes_of_items_bc2d8f7a"() RETURNS trigger LANGUAGE plpgsql AS $soft_delete$
BEGIN
    UPDATE "app"."items" AS held SET "deleted_at" = pg_catalog.now()
    WHERE held."id" OPERATOR("pg_catalog".=) OLD."id" AND held."deleted_at" IS NULL;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    RETURN OLD;
END $soft_delete$;

-- function of odd names, what goes along
CREATE OR REPLACE FUNCTION "denorm"."deletes_of_Or""der %s {x}_aa630b1a"() RETURNS trigger LANGUAGE plpgsql AS $soft_delete$
BEGIN
    UPDATE "My Schema"."Or""der %s {x}" AS held SET "deleted_at" = pg_catalog.now()
    WHERE held."a %s" OPERATOR("pg_catalog".=) OLD."a %s" AND held."B" OPERATOR("My Schema".===) OLD."B" AND held."deleted_at" IS NULL;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    DELETE FROM "app"."li%s{}nes_live" AS along WHERE OLD."B" OPERATOR("My Schema".===) along."a %s" AND OLD."c" OPERATOR("pg_catalog".=) along."b";
    DELETE FROM "app"."notes_live" AS along WHERE OLD."id" OPERATOR("pg_catalog".=) along."item_id";
    RETURN OLD;
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
FOR EACH ROW EXECUTE FUNCTION "denorm"."deletes_of_items_bc2d8f7a"();

-- comment
COMMENT ON VIEW "app"."items_live" IS 'denorm_assets soft delete 0ebc35268be7';

-- marked rows
SELECT count(*) AS marked FROM "app"."items" WHERE "deleted_at" IS NOT NULL;

-- drop view
DROP VIEW "app"."items_live";

-- undo
DO $soft_delete$ BEGIN
    DROP VIEW "My Schema"."Or""der %s {x}_live";
    IF EXISTS (SELECT FROM "My Schema"."Or""der %s {x}" WHERE "deleted_at" IS NOT NULL) THEN
        RAISE EXCEPTION USING MESSAGE = 'a row of My Schema.Or"der %s {x} was marked as deleted meanwhile, so it keeps its mark and its view';
    END IF;
    DROP FUNCTION IF EXISTS "denorm"."deletes_of_Or""der %s {x}_aa630b1a"();
END $soft_delete$;

-- undo where the column stays
DO $soft_delete$ BEGIN
    DROP VIEW "app"."items_live";
    DROP FUNCTION IF EXISTS "denorm"."deletes_of_items_bc2d8f7a"();
END $soft_delete$;
