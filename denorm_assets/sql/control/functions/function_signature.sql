-- What the catalog says of functions ("schema.name", with all that share the name), and of those that they call. What a
-- text calls is not known to PostgreSQL: every function whose name occurs in it counts. Of PostgreSQL's own functions, those
-- of text search and of enums are named, because configurations, dictionaries and labels can be altered.
CREATE OR REPLACE FUNCTION denorm.function_signature(names text[]) RETURNS jsonb LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE called AS (
        SELECT p.oid AS id
        FROM pg_catalog.pg_proc AS p
        JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) p.pronamespace
        WHERE pg_catalog.format('%I.%I', n.nspname, p.proname) OPERATOR(pg_catalog.=) ANY (names)
        UNION
        SELECT found.id FROM called AS c
        JOIN pg_catalog.pg_proc AS caller ON caller.oid OPERATOR(pg_catalog.=) c.id
        CROSS JOIN LATERAL (
            SELECT p.oid FROM pg_catalog.pg_proc AS p
            WHERE p.oid OPERATOR(pg_catalog.>=) 16384 AND p.proname OPERATOR(pg_catalog.=) ANY (
                pg_catalog.regexp_split_to_array(pg_catalog.concat(
                    caller.prosrc, ' ', pg_catalog.lower(caller.prosrc)), '\W+'))
            UNION ALL
            -- Of a body that PostgreSQL has parsed, of an aggregate, of a default.
            SELECT d.refobjid FROM pg_catalog.pg_depend AS d
            WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
                AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
                AND d.objid OPERATOR(pg_catalog.=) c.id
        ) AS found (id)
    )
    SELECT COALESCE(pg_catalog.jsonb_object_agg(f.name, pg_catalog.jsonb_build_object('is', f.is)), '{}')
    FROM (
        SELECT pg_catalog.format('%I.%I', n.nspname, p.proname) AS name, pg_catalog.md5(pg_catalog.string_agg(
            pg_catalog.concat_ws(' | ', p.oid, p.prosrc, p.probin, p.prosqlbody, p.proargdefaults, p.proconfig, a.*),
            ' | ' ORDER BY p.oid)) AS is
        FROM called AS c
        JOIN pg_catalog.pg_proc AS p ON p.oid OPERATOR(pg_catalog.=) c.id
        JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) p.pronamespace
        LEFT JOIN pg_catalog.pg_aggregate AS a ON a.aggfnoid OPERATOR(pg_catalog.=) p.oid
        GROUP BY n.nspname, p.proname
        UNION ALL
        SELECT 'text search and enums', pg_catalog.md5(pg_catalog.concat((
            SELECT pg_catalog.string_agg(
                pg_catalog.concat_ws(' | ', m.*, d.dictinitoption), ' | ' ORDER BY m.mapcfg, m.maptokentype, m.mapseqno)
            FROM pg_catalog.pg_ts_config_map AS m
            JOIN pg_catalog.pg_ts_dict AS d ON d.oid OPERATOR(pg_catalog.=) m.mapdict
        ), (
            SELECT pg_catalog.string_agg(e.*::pg_catalog.text, ' | ' ORDER BY e.oid) FROM pg_catalog.pg_enum AS e
        )))
        WHERE EXISTS (
            SELECT FROM pg_catalog.unnest(names) AS name WHERE pg_catalog.starts_with(name, 'pg_catalog.'))
    ) AS f
$$;
