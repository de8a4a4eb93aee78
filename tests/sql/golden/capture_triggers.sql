-- insert
CREATE OR REPLACE TRIGGER "trg_denorm_insert" AFTER INSERT ON "app"."Order" REFERENCING NEW TABLE AS new_rows 
FOR EACH STATEMENT EXECUTE FUNCTION "denorm"."capture_1"();

-- update
CREATE OR REPLACE TRIGGER "trg_denorm_update" AFTER UPDATE ON "app"."Order" REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows 
FOR EACH STATEMENT EXECUTE FUNCTION "denorm"."capture_1"();

-- delete
CREATE OR REPLACE TRIGGER "trg_denorm_delete" AFTER DELETE ON "app"."Order" REFERENCING OLD TABLE AS old_rows 
FOR EACH STATEMENT EXECUTE FUNCTION "denorm"."capture_1"();

-- truncate
CREATE OR REPLACE TRIGGER "trg_denorm_truncate" AFTER TRUNCATE ON "app"."Order" 
FOR EACH STATEMENT EXECUTE FUNCTION "denorm"."capture_1"();

-- comment
COMMENT ON FUNCTION "denorm"."capture_1"() IS 'denorm_assets d4f62c36d9e3';

-- drop function
DROP FUNCTION IF EXISTS "denorm"."capture_1"() CASCADE;
