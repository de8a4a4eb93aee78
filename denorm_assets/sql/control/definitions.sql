-- parsed --
-- What PostgreSQL read: the parsed query, and the text that it prints of it, without parentheses that say nothing.
SELECT r.ev_action::text AS tree, pg_get_viewdef(r.ev_class, true) AS readable
FROM pg_rewrite AS r WHERE r.ev_class = 'pg_temp.denorm_resolved'::regclass;

-- types_written_by_session --
-- Types whose text depends on the session, and those with one of these in them: on its search path (`of` is path: regclass,
-- regtype and the like), on its time zone (`of` is zone: timestamptz, whose text has an offset), or on the setting `of`.
WITH RECURSIVE holding (part, whole) AS (
    SELECT t.typelem, t.oid FROM pg_type AS t WHERE t.typelem <> 0 AND t.typlen = -1
    UNION ALL
    SELECT t.typbasetype, t.oid FROM pg_type AS t WHERE t.typbasetype <> 0
    UNION ALL
    SELECT g.rngsubtype, unnest(ARRAY[g.rngtypid, g.rngmultitypid]) FROM pg_range AS g
    UNION ALL
    SELECT a.atttypid, c.reltype FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
    WHERE c.reltype <> 0 AND a.attnum > 0 AND NOT a.attisdropped AND c.relnamespace <> 'pg_catalog'::regnamespace
), written (id) AS (
    SELECT t.oid FROM pg_type AS t WHERE t.oid < 16384 AND CASE %(of)s
        WHEN 'path' THEN t.typname ~ '^reg' AND t.typlen = 4
        WHEN 'datestyle' THEN t.oid IN ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype)
        WHEN 'intervalstyle' THEN t.oid = 'interval'::regtype
        WHEN 'bytea_output' THEN t.oid = 'bytea'::regtype
        WHEN 'extra_float_digits' THEN t.oid IN ('real'::regtype, 'double precision'::regtype) OR t.typcategory = 'G'
        ELSE t.oid = 'timestamptz'::regtype END
    UNION
    SELECT h.whole FROM holding AS h JOIN written AS w ON w.id = h.part
)
SELECT w.id::bigint FROM written AS w;

-- zoned_functions --
-- PostgreSQL's own functions whose value depends on the session's time zone, unless a constant says otherwise. Those that
-- are given a zone do not; age() does, although it is declared IMMUTABLE.
SELECT p.oid::bigint AS id, p.proname AS name FROM pg_proc AS p
WHERE p.oid = ANY (%(ids)s::bigint[]) AND p.oid < 16384 AND p.pronargs > 0
    AND (p.provolatile = 's' AND 'timestamptz'::regtype = ANY (p.proargtypes::oid[] || p.prorettype)
        OR p.proname = 'age' AND p.proargtypes::oid[] @> ARRAY['timestamptz'::regtype]::oid[]
        OR p.proname ~ '^jsonb_path_\w+_tz$')
    AND (p.proname, p.pronargs) NOT IN (
        ('date_trunc', 3), ('make_timestamptz', 7), ('date_add', 3), ('date_subtract', 3), ('generate_series', 4));

-- zones_of_sessions --
-- The time zones other than UTC in which sessions of this database begin, and whose they are.
SELECT z.zone, z.of FROM (
    SELECT s.reset_val AS zone, 'the database' AS of FROM pg_settings AS s WHERE s.name = 'TimeZone'
    UNION ALL
    SELECT split_part(setting, '=', 2), CASE WHEN d.setrole = 0 THEN 'the database' ELSE d.setrole::regrole::text END
    FROM pg_db_role_setting AS d, unnest(d.setconfig) AS setting
    WHERE setting ILIKE 'timezone=%%'
        AND d.setdatabase IN (0, (SELECT b.oid FROM pg_database AS b WHERE b.datname = current_database()))
) AS z
WHERE lower(z.zone) !~ '^(etc/)?(utc|uct|gmt|gmt0|gmt[+-]0|greenwich|universal|zulu)$'
ORDER BY z.of DESC LIMIT 1;

-- settings_of_sessions --
-- Settings that decide how values look, or what they are, and that sessions of this database begin with otherwise than ours:
-- whose they are.
SELECT DISTINCT ON (s.name) s.name, s.value, s.of FROM (
    SELECT lower(g.name) AS name, g.reset_val AS value, 'the database' AS of FROM pg_settings AS g
    UNION ALL
    SELECT lower(split_part(setting, '=', 1)), substr(setting, strpos(setting, '=') + 1),
        CASE WHEN d.setrole = 0 THEN 'the database' ELSE d.setrole::regrole::text END
    FROM pg_db_role_setting AS d, unnest(d.setconfig) AS setting
    WHERE d.setdatabase IN (0, (SELECT b.oid FROM pg_database AS b WHERE b.datname = current_database()))
) AS s
WHERE CASE s.name
    WHEN 'datestyle' THEN s.value ~* 'sql|postgres|german'
    WHEN 'intervalstyle' THEN lower(s.value) <> 'postgres'
    WHEN 'bytea_output' THEN lower(s.value) <> 'hex'
    WHEN 'extra_float_digits' THEN s.value::integer < 1
    WHEN 'default_text_search_config' THEN s.value NOT IN ('simple', 'pg_catalog.simple')
    ELSE false END
ORDER BY s.name, s.of DESC;

-- aggregates_fold --
-- Whether the aggregates of parts of the rows make that of all rows, to the bit, and can be kept as text meanwhile.
SELECT coalesce(bool_and(p.oid < 16384 AND (
        p.proname IN ('count', 'bool_and', 'bool_or')
        OR p.proname IN ('min', 'max') AND p.prorettype NOT IN ('record'::regtype, 'money'::regtype)
        OR p.proname IN ('sum', 'avg') AND p.proargtypes[0] IN
            ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype, 'numeric'::regtype, 'interval'::regtype)
    )), true) AS fold
FROM pg_proc AS p WHERE p.oid = ANY (%(ids)s::bigint[]);

-- functions_of_default_configuration --
-- Functions that take the text search configuration of the session: there are those of the same name that are given one.
SELECT DISTINCT p.proname AS name FROM pg_proc AS p
WHERE p.oid = ANY (%(ids)s::bigint[]) AND p.oid < 16384 AND (
    p.proname IN ('ts_match_tt', 'ts_match_tq') OR EXISTS (
        SELECT FROM pg_proc AS o WHERE o.proname = p.proname AND o.pronamespace = p.pronamespace
            AND o.proargtypes::text = concat_ws(' ', 'regconfig'::regtype::oid, p.proargtypes)))
ORDER BY 1 LIMIT 1;

-- printing_functions --
-- Functions of any type that yield something else than that type, a number or a boolean: they may write values out.
SELECT p.oid::bigint AS id, p.proname AS name FROM pg_proc AS p
JOIN pg_type AS r ON r.oid = p.prorettype
WHERE p.oid = ANY (%(ids)s::bigint[]) AND r.typtype <> 'p' AND r.typcategory NOT IN ('N', 'B')
    AND EXISTS (SELECT FROM pg_type AS t WHERE t.oid = ANY (p.proargtypes::oid[]) AND t.typtype = 'p');

-- unsteady_functions --
-- What a definition calls whose value is not decided by the rows that it reads. Of PostgreSQL's own STABLE functions, those are
-- listed that depend on nothing but their arguments and settings that our sessions pin, and enum_first and the like.
WITH called AS (
    SELECT r.ev_action::text AS tree FROM pg_rewrite AS r
    WHERE r.ev_class = ANY ('pg_temp.denorm_resolved'::regclass::oid || %(views)s::bigint[]::oid[])
), direct AS (
    SELECT m[1]::oid AS id
    FROM called, regexp_matches(tree, ':(?:funcid|opfuncid|aggfnoid|winfnoid) (\d+)', 'g') AS m
    UNION
    SELECT o.oprcode::oid FROM called, regexp_matches(tree, ':opno (\d+)', 'g') AS m
    JOIN pg_operator AS o ON o.oid = m[1]::oid
    UNION
    SELECT o.oprcode::oid FROM called, regexp_matches(tree, ':opnos \(o ([\d ]+)\)', 'g') AS m,
        unnest(string_to_array(m[1], ' ')) AS each JOIN pg_operator AS o ON o.oid = each::oid
), functions AS (
    SELECT id FROM direct
    UNION
    SELECT step::oid FROM direct JOIN pg_aggregate AS a ON a.aggfnoid = id,
        unnest(ARRAY[a.aggtransfn, a.aggfinalfn, a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn]) AS step
    WHERE id >= 16384
)
SELECT p.proname AS name, CASE
    WHEN p.provolatile = 'v' AND p.oid >= 16384 THEN 'undeclared'
    WHEN p.provolatile = 'v' THEN 'volatile'
    WHEN p.oid >= 16384 THEN 'stable'
    WHEN p.proname IN ('now', 'transaction_timestamp', 'statement_timestamp', 'age') THEN 'clock'
    WHEN p.proargtypes::oid[] && ARRAY['time'::regtype, 'timetz'::regtype]::oid[] THEN 'offset'
    WHEN p.proname IN ('current_setting', 'current_schema', 'current_schemas', 'current_database', 'inet_client_addr')
        OR p.proname IN ('current_user', 'session_user', 'getpgusername', 'pg_backend_pid') THEN 'session'
    ELSE 'catalog' END AS kind
FROM functions AS f
JOIN pg_proc AS p ON p.oid = f.id
WHERE p.provolatile = 'v'
    OR p.provolatile = 's' AND p.prokind <> 'a' AND NOT (
        p.oid < 16384
        AND p.proname ~ ('^('
            'array_to_json|array_to_string|concat|concat_ws|convert|convert_from|convert_to|format|length|quote_literal'
            '|quote_nullable|anytextcat|textanycat|enum_first|enum_last|enum_range|money|numeric'
            '|date|date_add|date_part|date_subtract|date_trunc|extract|generate_series|in_range|make_timestamptz|overlaps'
            '|time|timestamp|timestamptz|timetz|timezone|interval_pl_timestamptz|timestamptz_(pl|mi)_interval'
            '|(date|timestamp)_(cmp|eq|ge|gt|le|lt|ne)_timestamptz|timestamptz_(cmp|eq|ge|gt|le|lt|ne)_(date|timestamp)'
            '|to_char|to_date|to_number|to_timestamp'
            '|jsonb?_build_array|jsonb?_build_object|jsonb?_populate_record|jsonb?_populate_recordset|jsonb?_to_record'
            '|jsonb?_to_recordset|jsonb?_to_tsvector|jsonb_path_\w+_tz|jsonb_populate_record_valid|row_to_json|to_jsonb?'
            '|to_tsvector|to_tsquery|plainto_tsquery|phraseto_tsquery|websearch_to_tsquery|ts_debug|ts_headline|ts_parse'
            '|ts_match_tq|ts_match_tt|xml|xml_is_well_formed'
            ')$')
        -- A time without a day has the offset that its zone has today.
        AND NOT p.proargtypes::oid[] && ARRAY['time'::regtype, 'timetz'::regtype]::oid[]
    )
UNION
SELECT
    (ARRAY[
        'CURRENT_DATE', 'CURRENT_TIME', 'CURRENT_TIME', 'CURRENT_TIMESTAMP', 'CURRENT_TIMESTAMP', 'LOCALTIME',
        'LOCALTIME', 'LOCALTIMESTAMP', 'LOCALTIMESTAMP', 'CURRENT_ROLE', 'CURRENT_USER', 'USER', 'SESSION_USER',
        'CURRENT_CATALOG', 'CURRENT_SCHEMA'
    ])[m[1]::int + 1],
    CASE WHEN m[1]::int < 9 THEN 'clock' ELSE 'session' END
FROM called, regexp_matches(tree, '\{SQLVALUEFUNCTION :op (\d+)', 'g') AS m
ORDER BY 1;

-- text_read_as_time --
-- Types with a date or a time in them that text is converted to while the definition runs: 'now' there is the clock.
WITH RECURSIVE called AS (
    SELECT r.ev_action::text AS tree FROM pg_rewrite AS r
    WHERE r.ev_class = ANY ('pg_temp.denorm_resolved'::regclass::oid || %(views)s::bigint[]::oid[])
), holding (part, whole) AS (
    SELECT t.typelem, t.oid FROM pg_type AS t WHERE t.typelem <> 0 AND t.typlen = -1
    UNION ALL
    SELECT t.typbasetype, t.oid FROM pg_type AS t WHERE t.typbasetype <> 0
    UNION ALL
    SELECT g.rngsubtype, unnest(ARRAY[g.rngtypid, g.rngmultitypid]) FROM pg_range AS g
    UNION ALL
    SELECT a.atttypid, c.reltype FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
    WHERE c.reltype <> 0 AND a.attnum > 0 AND NOT a.attisdropped
), timed (id) AS (
    SELECT unnest('{date, time, timetz, timestamp, timestamptz}'::regtype[])::oid
    UNION
    SELECT h.whole FROM holding AS h JOIN timed AS t ON t.id = h.part
), converted (id) AS (
    -- Casts by way of text, JSON_VALUE and JSON_QUERY.
    SELECT coalesce(m[1], m[2])::oid FROM called, regexp_matches(
        tree, ':resulttype (\d+) :resultcollid \d+ :coerceformat|\{JSONRETURNING :format (?:<>|\{[^}]*\}) :typid (\d+)', 'g') AS m
    UNION
    -- JSON_TABLE and XMLTABLE, whose types follow the quoted names of their columns; WITH and VALUES convert nothing.
    SELECT each::oid FROM called, regexp_matches(tree, '"\) :coltypes \(o ([\d ]+)\)', 'g') AS m,
        unnest(string_to_array(m[1], ' ')) AS each
    UNION
    -- Functions that make records of JSON: of a named type, or with a list of columns after them.
    SELECT m[2]::oid FROM called, regexp_matches(tree, ':funcid (\d+) :funcresulttype (\d+)', 'g') AS m
    JOIN pg_proc AS p ON p.oid = m[1]::oid WHERE p.proname ~ '^jsonb?_populate_record(set|_valid)?$'
    UNION
    SELECT each::oid FROM called, regexp_matches(tree, ':funccoltypes \(o ([\d ]+)\)', 'g') AS m,
        unnest(string_to_array(m[1], ' ')) AS each
)
SELECT format_type(c.id, NULL) AS type FROM converted AS c JOIN timed AS t ON t.id = c.id ORDER BY 1;

-- order_facts --
-- What decides whether values depend on the order of rows; see sql/parsed/catalog.py. An aggregate or window function is
-- free of that if it is one of PostgreSQL's own in a list, or the first or last by an operator.
WITH RECURSIVE read (id, tree) AS (
    SELECT r.ev_class::bigint, r.ev_action::text FROM pg_rewrite AS r WHERE r.ev_class = 'pg_temp.denorm_resolved'::regclass
    UNION
    SELECT r.ev_class::bigint, r.ev_action::text
    FROM read AS reader, regexp_matches(reader.tree, ' :relid (\d+)', 'g') AS m
    JOIN pg_rewrite AS r ON r.ev_class = m[1]::oid AND r.rulename = '_RETURN'
    JOIN pg_class AS c ON c.oid = r.ev_class AND c.relkind = 'v'
), called AS (
    SELECT p.* FROM pg_proc AS p
    WHERE p.oid IN (
        SELECT m[1]::oid FROM read, regexp_matches(tree, ' :(?:funcid|opfuncid|aggfnoid|winfnoid) (\d+)', 'g') AS m)
), judged AS (
    SELECT p.oid::bigint AS id, p.proname::text AS name, p.proisstrict AS strict, p.oid < 16384 AND p.prokind IN ('a', 'w')
            AND p.proname ~ '^(sum|avg|stddev|var|corr|covar|regr)' AS computes,
        coalesce(a.aggsortop, 0) <> 0 OR (p.oid < 16384 AND (
            p.proname IN (
                'bit_and', 'bit_or', 'bit_xor', 'bool_and', 'bool_or', 'count', 'cume_dist', 'dense_rank', 'every',
                'jsonb_object_agg_unique', 'jsonb_object_agg_unique_strict', 'mode', 'percent_rank', 'percentile_cont',
                'percentile_disc', 'range_agg', 'range_intersect_agg', 'rank', 'regr_count')
            OR p.proname IN (
                'avg', 'stddev', 'stddev_pop', 'stddev_samp', 'sum', 'var_pop', 'var_samp', 'variance')
                AND NOT p.proargtypes::oid[] && ARRAY['real'::regtype, 'double precision'::regtype]::oid[]
        )) AS free
    FROM called AS p LEFT JOIN pg_aggregate AS a ON a.aggfnoid = p.oid
), exact (id) AS (
    SELECT t.oid FROM pg_type AS t
    WHERE t.typtype = 'e' OR (CASE t.oid WHEN 'varchar'::regtype THEN 'text'::regtype ELSE t.oid END) IN (
        SELECT o.opcintype FROM pg_opclass AS o
        JOIN pg_amproc AS p ON p.amprocfamily = o.opcfamily AND p.amprocnum = 4
            AND p.amproclefttype = o.opcintype AND p.amprocrighttype = o.opcintype
            AND p.amproc IN ('pg_catalog.btequalimage'::regproc, 'pg_catalog.btvarstrequalimage'::regproc)
        WHERE o.opcdefault AND o.opcintype <> 'bpchar'::regtype
    )
    UNION
    SELECT w.whole FROM exact AS e
    JOIN (
        SELECT t.typelem, t.oid FROM pg_type AS t WHERE t.typelem <> 0 AND t.typlen = -1 AND t.typcategory = 'A'
        UNION ALL
        SELECT t.typbasetype, t.oid FROM pg_type AS t WHERE t.typbasetype <> 0
        UNION ALL
        SELECT g.rngsubtype, unnest(ARRAY[g.rngtypid, g.rngmultitypid]) FROM pg_range AS g
    ) AS w (part, whole) ON w.part = e.id
)
SELECT
    (SELECT jsonb_object_agg(id, tree) FROM read) AS trees,
    ARRAY(SELECT DISTINCT m[1]::bigint FROM read, regexp_matches(tree, ' :relid (\d+)', 'g') AS m) AS relations,
    (SELECT coalesce(jsonb_object_agg(id, name), '{}') FROM judged) AS functions,
    ARRAY(SELECT id FROM judged WHERE strict) AS strict,
    ARRAY(SELECT id FROM judged WHERE free) AS free,
    ARRAY(SELECT id FROM judged WHERE computes AND NOT free) AS inexact,
    ARRAY(
        SELECT p.oid::bigint FROM called AS p
        WHERE p.oid < 16384 AND p.proname IN (
            'generate_series', 'generate_subscripts', 'jsonb_each', 'jsonb_each_text', 'jsonb_object_keys')
    ) AS distinct,
    ARRAY(
        SELECT c.castfunc::bigint FROM pg_cast AS c
        WHERE c.castfunc <> 0 AND (format_type(c.castsource, NULL), format_type(c.casttarget, NULL)) IN (
            ('smallint', 'integer'), ('smallint', 'bigint'), ('integer', 'bigint'), ('smallint', 'numeric'),
            ('integer', 'numeric'), ('bigint', 'numeric'), ('smallint', 'double precision'),
            ('integer', 'double precision'), ('date', 'timestamp without time zone'))
    ) AS injective,
    ARRAY(
        SELECT DISTINCT o.amopopr::bigint FROM pg_amop AS o
        JOIN pg_am AS m ON m.oid = o.amopmethod AND (m.amname, o.amopstrategy) IN (('btree', 3), ('hash', 1))
        WHERE EXISTS (SELECT FROM pg_opclass AS c WHERE c.opcfamily = o.amopfamily AND c.opcdefault)
    ) AS equality,
    ARRAY(SELECT id::bigint FROM exact) AS exact,
    ARRAY(SELECT c.oid::bigint FROM pg_collation AS c WHERE NOT c.collisdeterministic) AS loose,
    -- Those that are compared by `=` where they hold a choice among equals.
    ARRAY(
        SELECT t.oid::bigint FROM pg_type AS t
        WHERE t.oid = 'jsonb'::regtype OR (t.typcategory = 'A' AND EXISTS (
            SELECT FROM pg_opclass AS o JOIN pg_am AS m ON m.oid = o.opcmethod
            WHERE o.opcintype = t.typelem AND o.opcdefault AND m.amname = 'hash'))
    ) AS comparable;
