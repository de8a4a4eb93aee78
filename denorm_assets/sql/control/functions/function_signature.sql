-- What the catalog says of what a definition uses beside its sources, and of what that uses in its turn: functions
-- ("schema.name", with all that share the name), "operator schema.name", "type schema.name", "collation schema.name". A cast
-- belongs to its types. What a text calls is not known to PostgreSQL: everything whose name occurs in it counts. Of
-- PostgreSQL's own functions, those of text search and of enums are named, because configurations, dictionaries and labels
-- can be altered; a function of somebody's own may call these.
CREATE OR REPLACE FUNCTION denorm.function_signature(names text[]) RETURNS jsonb LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE used AS (
        SELECT found.kind, found.id FROM (
            SELECT 'function', p.oid, pg_catalog.format('%I.%I', n.nspname, p.proname)
            FROM pg_catalog.pg_proc AS p
            JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) p.pronamespace
            UNION ALL
            SELECT 'operator', o.oid, pg_catalog.format('operator %I.%s', n.nspname, o.oprname)
            FROM pg_catalog.pg_operator AS o
            JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) o.oprnamespace
            WHERE o.oid OPERATOR(pg_catalog.>=) 16384
            UNION ALL
            SELECT 'type', t.oid, pg_catalog.format('type %I.%I', n.nspname, t.typname)
            FROM pg_catalog.pg_type AS t
            JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) t.typnamespace
            WHERE t.oid OPERATOR(pg_catalog.>=) 16384
            UNION ALL
            SELECT 'collation', c.oid, pg_catalog.format('collation %I.%I', n.nspname, c.collname)
            FROM pg_catalog.pg_collation AS c
            JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.collnamespace
            WHERE c.oid OPERATOR(pg_catalog.>=) 16384
        ) AS found (kind, id, name)
        WHERE found.name OPERATOR(pg_catalog.=) ANY (names)
        UNION
        SELECT found.kind, found.id FROM used AS u
        LEFT JOIN pg_catalog.pg_proc AS p
            ON u.kind OPERATOR(pg_catalog.=) 'function' AND p.oid OPERATOR(pg_catalog.=) u.id
        LEFT JOIN pg_catalog.pg_language AS l ON l.oid OPERATOR(pg_catalog.=) p.prolang
        CROSS JOIN LATERAL (
            -- The symbol of a compiled function is no text.
            SELECT CASE WHEN l.lanname OPERATOR(pg_catalog.<>) ALL ('{c,internal}'::pg_catalog.name[])
                THEN pg_catalog.concat(p.prosrc, ' ', pg_catalog.lower(p.prosrc)) ELSE '' END AS body
            OFFSET 0
        ) AS b
        CROSS JOIN LATERAL (
            -- A dollar is part of a name, or of a quote around it.
            SELECT pg_catalog.regexp_split_to_array(b.body, '[\x01-\x23\x25-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f]+')
                OPERATOR(pg_catalog.||)
                pg_catalog.regexp_split_to_array(b.body, '[\x01-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f]+') AS words
            OFFSET 0
        ) AS w
        CROSS JOIN LATERAL (
            SELECT 'function', f.oid FROM pg_catalog.unnest(w.words) AS word
            JOIN pg_catalog.pg_proc AS f ON f.proname OPERATOR(pg_catalog.=) word::pg_catalog.name
            WHERE f.oid OPERATOR(pg_catalog.>=) 16384
            UNION ALL
            -- Quoted names that hold more than words do.
            SELECT 'function', f.oid FROM pg_catalog.pg_proc AS f
            WHERE f.oid OPERATOR(pg_catalog.>=) 16384 AND b.body OPERATOR(pg_catalog.<>) ''
                AND f.proname OPERATOR(pg_catalog.~) '[\x01-\x23\x25-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f]'
                AND pg_catalog.strpos(b.body, pg_catalog.replace(f.proname, '"', '""')) OPERATOR(pg_catalog.>) 0
            UNION ALL
            SELECT 'operator', o.oid FROM pg_catalog.pg_operator AS o
            WHERE o.oid OPERATOR(pg_catalog.>=) 16384
                AND pg_catalog.strpos(b.body, o.oprname) OPERATOR(pg_catalog.>) 0
            UNION ALL
            SELECT 'type', t.oid FROM pg_catalog.unnest(w.words) AS word
            JOIN pg_catalog.pg_type AS t ON t.typname OPERATOR(pg_catalog.=) word::pg_catalog.name
            LEFT JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) t.typrelid
            -- The word may well be a table, whose columns are nothing to the function.
            WHERE t.oid OPERATOR(pg_catalog.>=) 16384 AND COALESCE(c.relkind, 'c') OPERATOR(pg_catalog.=) 'c'
            UNION ALL
            SELECT 'collation', c.oid FROM pg_catalog.unnest(w.words) AS word
            JOIN pg_catalog.pg_collation AS c ON c.collname OPERATOR(pg_catalog.=) word::pg_catalog.name
            WHERE c.oid OPERATOR(pg_catalog.>=) 16384
            UNION ALL
            SELECT 'type', argument FROM pg_catalog.unnest(
                pg_catalog.array_append(p.proargtypes::pg_catalog.oid[], p.prorettype)) AS argument
            WHERE argument OPERATOR(pg_catalog.>=) 16384
            UNION ALL
            -- Of a body that PostgreSQL has parsed, of an aggregate, of a default.
            SELECT CASE d.refclassid
                    WHEN 'pg_catalog.pg_proc'::pg_catalog.regclass THEN 'function'
                    WHEN 'pg_catalog.pg_operator'::pg_catalog.regclass THEN 'operator'
                    WHEN 'pg_catalog.pg_type'::pg_catalog.regclass THEN 'type'
                    WHEN 'pg_catalog.pg_collation'::pg_catalog.regclass THEN 'collation' END, d.refobjid
            FROM pg_catalog.pg_depend AS d
            WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
                AND d.objid OPERATOR(pg_catalog.=) p.oid
            UNION ALL
            SELECT 'function', o.oprcode::pg_catalog.oid FROM pg_catalog.pg_operator AS o
            WHERE u.kind OPERATOR(pg_catalog.=) 'operator' AND o.oid OPERATOR(pg_catalog.=) u.id
            UNION ALL
            SELECT 'type', of.id FROM pg_catalog.pg_type AS t
            CROSS JOIN LATERAL pg_catalog.unnest(ARRAY[t.typelem, t.typbasetype]) AS of (id)
            WHERE u.kind OPERATOR(pg_catalog.=) 'type' AND t.oid OPERATOR(pg_catalog.=) u.id
                AND of.id OPERATOR(pg_catalog.>=) 16384
            UNION ALL
            SELECT 'function', c.castfunc FROM pg_catalog.pg_cast AS c
            WHERE u.kind OPERATOR(pg_catalog.=) 'type' AND c.castfunc OPERATOR(pg_catalog.>=) 16384
                AND u.id OPERATOR(pg_catalog.=) ANY (ARRAY[c.castsource, c.casttarget])
        ) AS found (kind, id)
        WHERE found.kind IS NOT NULL
    )
    SELECT COALESCE(pg_catalog.jsonb_object_agg(f.name, pg_catalog.jsonb_build_object('is', f.state)), '{}')
        OPERATOR(pg_catalog.||) denorm.alterable_types(ARRAY(
            SELECT u.id FROM used AS u WHERE u.kind OPERATOR(pg_catalog.=) 'type'))
    FROM (
        SELECT pg_catalog.format('%I.%I', n.nspname, p.proname) AS name, pg_catalog.md5(pg_catalog.string_agg(
            pg_catalog.concat_ws(' | ', p.oid, p.prosrc, p.probin, p.prosqlbody, p.proargdefaults, p.proconfig, a.*),
            ' | ' ORDER BY p.oid)) AS state
        FROM used AS u
        JOIN pg_catalog.pg_proc AS p ON p.oid OPERATOR(pg_catalog.=) u.id
        JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) p.pronamespace
        LEFT JOIN pg_catalog.pg_aggregate AS a ON a.aggfnoid OPERATOR(pg_catalog.=) p.oid
        WHERE u.kind OPERATOR(pg_catalog.=) 'function'
        GROUP BY n.nspname, p.proname
        UNION ALL
        SELECT pg_catalog.format('operator %I.%s', n.nspname, o.oprname), pg_catalog.md5(pg_catalog.string_agg(
            pg_catalog.concat_ws(' ', o.oprleft, o.oprright, o.oprcode::pg_catalog.oid), ' | ' ORDER BY o.oid))
        FROM used AS u
        JOIN pg_catalog.pg_operator AS o ON o.oid OPERATOR(pg_catalog.=) u.id
        JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) o.oprnamespace
        WHERE u.kind OPERATOR(pg_catalog.=) 'operator'
        GROUP BY n.nspname, o.oprname
        UNION ALL
        SELECT pg_catalog.format('collation %I.%I', n.nspname, c.collname), pg_catalog.md5(pg_catalog.string_agg(
            pg_catalog.concat(c.*, pg_catalog.pg_collation_actual_version(c.oid)), ' | ' ORDER BY c.oid))
        FROM used AS u
        JOIN pg_catalog.pg_collation AS c ON c.oid OPERATOR(pg_catalog.=) u.id
        JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.collnamespace
        WHERE u.kind OPERATOR(pg_catalog.=) 'collation' AND u.id OPERATOR(pg_catalog.>=) 16384
        GROUP BY n.nspname, c.collname
        UNION ALL
        SELECT 'casts', pg_catalog.md5(pg_catalog.string_agg(pg_catalog.concat_ws(
            ' ', c.castsource, c.casttarget, c.castfunc, c.castcontext, c.castmethod), ' | ' ORDER BY c.oid))
        FROM pg_catalog.pg_cast AS c
        WHERE EXISTS (
            SELECT FROM used AS u WHERE u.kind OPERATOR(pg_catalog.=) 'type'
                AND u.id OPERATOR(pg_catalog.=) ANY (ARRAY[c.castsource, c.casttarget]))
        UNION ALL
        SELECT 'text search', pg_catalog.md5(pg_catalog.concat((
            SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' | ', m.*), ' | ' ORDER BY m.mapcfg, m.maptokentype, m.mapseqno)
            FROM pg_catalog.pg_ts_config_map AS m
        ), (
            SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' | ', d.oid, d.dictinitoption), ' | ' ORDER BY d.oid)
            FROM pg_catalog.pg_ts_dict AS d
        )))
        WHERE EXISTS (
            SELECT FROM used AS u WHERE u.kind OPERATOR(pg_catalog.=) 'function')
        UNION ALL
        SELECT 'enums', pg_catalog.md5(pg_catalog.string_agg(e.*::pg_catalog.text, ' | ' ORDER BY e.oid))
        FROM pg_catalog.pg_enum AS e
        WHERE EXISTS (
            SELECT FROM used AS u
            JOIN pg_catalog.pg_proc AS p ON p.oid OPERATOR(pg_catalog.=) u.id
            WHERE u.kind OPERATOR(pg_catalog.=) 'function'
                AND (pg_catalog.starts_with(p.proname::pg_catalog.text, 'enum_')
                    OR pg_catalog.strpos(pg_catalog.lower(p.prosrc), 'enum_') OPERATOR(pg_catalog.>) 0))
    ) AS f (name, state)
$$;
