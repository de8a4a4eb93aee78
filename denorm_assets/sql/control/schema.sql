-- server_version --
SELECT current_setting('server_version_num')::integer AS number, current_setting('server_version') AS version;

-- create_schema --
CREATE SCHEMA denorm;

-- has_schema --
-- Somebody may have made it for a role without CREATE on the database, whom IF NOT EXISTS would refuse all the same.
SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = 'denorm') AS present;

-- create_migration_table --
CREATE TABLE IF NOT EXISTS denorm.migration (
    version integer PRIMARY KEY,
    name text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);

-- has_migration_table --
-- Not to_regclass: after waiting for a lock it would still answer from what this session knew before.
SELECT EXISTS (
    SELECT FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = 'denorm' AND c.relname = 'migration'
) AS present;

-- applied_version --
SELECT coalesce(max(version), 0) AS version FROM denorm.migration;

-- record_migration --
INSERT INTO denorm.migration (version, name) VALUES (%(version)s, %(name)s);

-- lock_schema_changes --
LOCK TABLE denorm.migration IN SHARE ROW EXCLUSIVE MODE NOWAIT;

-- open_flags --
GRANT EXECUTE ON FUNCTION denorm.flag_enabled(text, text) TO PUBLIC;

-- confirmation_code --
-- Only who reads this database, or is told by somebody who does, can say it: when the cluster and our schema were made, to
-- the microsecond.
SELECT left(encode(sha256(convert_to(concat_ws('/', c.system_identifier, d.oid, d.datname, m.applied_at,
    %(system)s::text, %(phase)s::text), 'UTF8')), 'hex'), 16) AS code
FROM pg_control_system() AS c, pg_database AS d,
    (SELECT string_agg(extract(epoch FROM applied_at)::text, ' ' ORDER BY version) AS applied_at FROM denorm.migration) AS m
WHERE d.datname = current_database();
