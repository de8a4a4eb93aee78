-- The views that a read model or cache reads, and that are gone or select something else than when `apply` looked.
-- `views.sql` makes the same signature of a view. It is made of the parsed query: printing a view waits for a session that alters a
-- table that it reads.
CREATE OR REPLACE FUNCTION denorm.altered_views(model bigint)
RETURNS TABLE (view_schema text, view_name text, is_gone boolean) LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT v.view_schema, v.view_name, now.signature IS NULL
    FROM denorm.view_read AS v
    LEFT JOIN LATERAL (
        SELECT pg_catalog.md5(pg_catalog.concat(
            pg_catalog.regexp_replace(
                w.ev_action::pg_catalog.text, ' :(location|stmt_location|stmt_len|list_start|list_end) -?\d+', '', 'g'), (
                SELECT pg_catalog.string_agg(
                    pg_catalog.concat_ws(' ', a.attname, a.atttypid, a.atttypmod), ' ' ORDER BY a.attnum)
                FROM pg_catalog.pg_attribute AS a
                WHERE a.attrelid OPERATOR(pg_catalog.=) c.oid AND a.attnum OPERATOR(pg_catalog.>) 0))) AS signature
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
        JOIN pg_catalog.pg_rewrite AS w ON w.ev_class OPERATOR(pg_catalog.=) c.oid
            AND w.rulename OPERATOR(pg_catalog.=) '_RETURN'
        WHERE n.nspname OPERATOR(pg_catalog.=) v.view_schema::pg_catalog.name
            AND c.relname OPERATOR(pg_catalog.=) v.view_name::pg_catalog.name
            AND c.relkind OPERATOR(pg_catalog.=) 'v'
    ) AS now ON true
    WHERE v.model_id OPERATOR(pg_catalog.=) model AND v.signature IS DISTINCT FROM now.signature
$$;
