-- server_version --
SELECT current_setting('server_version_num')::integer AS number, current_setting('server_version') AS version;

-- create_schema --
CREATE SCHEMA IF NOT EXISTS denorm;

-- create_migration_table --
CREATE TABLE IF NOT EXISTS denorm.migration (
    version integer PRIMARY KEY,
    name text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);

-- has_migration_table --
SELECT to_regclass('denorm.migration') IS NOT NULL AS present;

-- applied_version --
SELECT coalesce(max(version), 0) AS version FROM denorm.migration;

-- record_migration --
INSERT INTO denorm.migration (version, name) VALUES (%(version)s, %(name)s);

-- lock_schema_changes --
SELECT pg_advisory_xact_lock(hashtextextended('denorm schema changes', 0));
