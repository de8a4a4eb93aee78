-- insert
CREATE OR REPLACE TRIGGER "trg_denorm_insert" AFTER INSERT ON "app"."Order"
REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION "denorm"."capture_1"();

-- update
CREATE OR REPLACE TRIGGER "trg_denorm_update" AFTER UPDATE ON "app"."Order"
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION "denorm"."capture_1"();

-- delete
CREATE OR REPLACE TRIGGER "trg_denorm_delete" AFTER DELETE ON "app"."Order"
REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION "denorm"."capture_1"();

-- truncate
CREATE OR REPLACE TRIGGER "trg_denorm_truncate" AFTER TRUNCATE ON "app"."Order"
FOR EACH STATEMENT EXECUTE FUNCTION "denorm"."capture_1"();

-- rows
CREATE OR REPLACE TRIGGER "trg_denorm_rows" AFTER INSERT OR UPDATE OR DELETE ON "app"."Order"
FOR EACH ROW EXECUTE FUNCTION "denorm"."capture_1"();

-- replica_truncate
CREATE OR REPLACE TRIGGER "trg_denorm_replica_truncate" AFTER TRUNCATE ON "app"."Order"
FOR EACH STATEMENT EXECUTE FUNCTION "denorm"."capture_1"();

-- moved_in
CREATE OR REPLACE TRIGGER "trg_denorm_moved_in" AFTER INSERT ON "app"."Order"
FOR EACH ROW WHEN (pg_catalog.current_setting('denorm.moved', true) OPERATOR(pg_catalog.<>) '') EXECUTE FUNCTION "denorm"."capture_1"();

-- moved_out
CREATE OR REPLACE TRIGGER "trg_denorm_moved_out" AFTER DELETE ON "app"."Order"
FOR EACH ROW WHEN (pg_catalog.current_setting('denorm.moving', true) OPERATOR(pg_catalog.<>) '' AND pg_catalog.set_config('denorm.moved', '|', true) OPERATOR(pg_catalog.<>) '') EXECUTE FUNCTION "denorm"."capture_1"();

-- move_begins
CREATE OR REPLACE TRIGGER "trg_denorm_move_begins" BEFORE UPDATE ON "app"."Order"
FOR EACH STATEMENT EXECUTE FUNCTION "denorm"."capture_1"('moves');

-- move_ends
CREATE OR REPLACE TRIGGER "trg_denorm_move_ends" AFTER UPDATE ON "app"."Order"
FOR EACH STATEMENT EXECUTE FUNCTION "denorm"."capture_1"('moves');

-- in the replica role only
ALTER TABLE "app"."Order" ENABLE REPLICA TRIGGER "trg_denorm_rows";

-- always
ALTER TABLE "app"."Order" ENABLE ALWAYS TRIGGER "trg_denorm_rows";

-- comment
COMMENT ON FUNCTION "denorm"."capture_1"() IS 'denorm_assets d4f62c36d9e3';

-- drop function
DROP FUNCTION IF EXISTS "denorm"."capture_1"() CASCADE;
