-- server_version --
SELECT current_setting('server_version_num')::integer AS number, current_setting('server_version') AS version,
    current_user AS role, current_setting('server_encoding') AS encoding;

-- owner --
-- Who owns what is ours, and whether our login, a member of that role, is to act as it. Where an earlier release let the
-- member create everything, the member owns it. A superuser keeps its rights, and a role that was chosen for the login stays.
SELECT o.rolname::text AS name,
    o.rolname <> session_user AND current_user = session_user AND NOT u.rolsuper
        AND pg_has_role(session_user, o.oid, %(right)s) AS acts
FROM pg_namespace AS n
LEFT JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = 'migration'
JOIN pg_roles AS o ON o.oid = coalesce(c.relowner, n.nspowner)
JOIN pg_roles AS u ON u.rolname = session_user
WHERE n.nspname = 'denorm';

-- create_schema --
CREATE SCHEMA denorm;

-- found_schema --
-- Somebody may have made it for a role without CREATE on the database, whom IF NOT EXISTS would refuse all the same.
-- Its owner can replace what is in it, so that has to be ourselves, a role that we are a member of, or somebody who may do
-- anything here. A superuser is a member of every role, and has to be told so.
SELECT pg_get_userbyid(n.nspowner) AS owner,
    r.rolsuper OR n.nspowner = b.datdba OR pg_has_role(n.nspowner, 'USAGE')
        AND (r.rolname = current_user OR NOT current_setting('is_superuser')::boolean) AS trusted,
    EXISTS (SELECT FROM pg_depend AS d WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = n.oid) AS used,
    NOT r.rolsuper AND n.nspowner <> b.datdba AND r.rolname <> current_user AS of_another_role, session_user AS login
FROM pg_namespace AS n
JOIN pg_roles AS r ON r.oid = n.nspowner
JOIN pg_database AS b ON b.datname = current_database()
WHERE n.nspname = 'denorm';

-- create_migration_table --
CREATE TABLE IF NOT EXISTS denorm.migration (
    version integer PRIMARY KEY,
    name text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);

-- has_migration_table --
-- Not to_regclass: after waiting for a lock it would still answer from what this session knew before.
-- `ours` says whether it has our columns, `readable` whether the current role may read it.
SELECT c.oid IS NOT NULL AS present, c.relkind = 'r' AND ARRAY(
    SELECT a.attname::text FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 0 ORDER BY a.attnum
) = '{version,name,applied_at}' AS ours, has_table_privilege(c.oid, 'SELECT') AS readable,
    pg_get_userbyid(c.relowner) AS owner, session_user AS login
FROM (SELECT 'denorm'::name AS nspname) AS wanted
LEFT JOIN pg_namespace AS n USING (nspname)
LEFT JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = 'migration';

-- applied_version --
SELECT coalesce(max(version), 0) AS version, min(name) FILTER (WHERE version = 1) AS first FROM denorm.migration;

-- record_migration --
INSERT INTO denorm.migration (version, name) VALUES (%(version)s, %(name)s);

-- lock_schema_changes --
LOCK TABLE denorm.migration IN SHARE ROW EXCLUSIVE MODE NOWAIT;

-- limit_log --
WITH changed AS (
    UPDATE denorm.log_limit SET bytes = %(bytes)s WHERE bytes IS DISTINCT FROM %(bytes)s::bigint RETURNING rows
)
SELECT setval('denorm.log_room', rows) FROM changed WHERE pg_sequence_last_value('denorm.log_room') > 0;

-- flags_open --
SELECT has_function_privilege('public', to_regprocedure('denorm.flag_enabled(text, text)'), 'EXECUTE') AS open;

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
