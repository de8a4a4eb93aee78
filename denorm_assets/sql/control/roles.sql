-- present --
SELECT current_database() AS database,
    (SELECT r.rolsuper FROM pg_roles AS r WHERE r.rolname = session_user) AS of_superuser,
    ARRAY(SELECT r.rolname::text FROM pg_roles AS r WHERE r.rolname = ANY (%(names)s)) AS roles,
    (SELECT r.rolname FROM pg_namespace AS n JOIN pg_roles AS r ON r.oid = n.nspowner WHERE n.nspname = 'denorm')
        AS control_owner;

-- tables --
SELECT n.nspname AS schema, c.relname AS table, r.rolname AS owner, r.rolsuper AS of_superuser
FROM pg_class AS c
JOIN pg_roles AS r ON r.oid = c.relowner
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE (n.nspname, c.relname) IN (SELECT * FROM unnest(%(schemas)s::text[], %(tables)s::text[]))
    AND c.relkind IN ('r', 'p', 'm');
