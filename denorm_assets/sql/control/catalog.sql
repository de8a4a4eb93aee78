-- view_columns --
SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
    CASE WHEN a.attcollation <> t.typcollation THEN ARRAY[n.nspname, c.collname]::text[] END AS collation,
    -- Whether equal values of the type are always the same value: 1.0 = 1.00 and '24 hours' = '1 day' are not.
    coalesce(c.collisdeterministic, true)
        AND (
            b.typtype = 'e'
            OR b.oid IN ('numeric'::regtype, 'bpchar'::regtype) AND a.atttypmod >= 0
            OR b.oid = ANY (
                '{boolean, smallint, integer, bigint, oid, text, varchar, name, uuid, bytea, date, time, timetz,
                timestamp, timestamptz, inet, cidr, macaddr, macaddr8}'::regtype[]
            )
        ) AS exact,
    -- Equal, unequal, greater, at most: of the default B-tree operator class, where that is not PostgreSQL's own.
    (SELECT ARRAY[
            format('OPERATOR(%%I.%%s)', en.nspname, e.oprname),
            format('OPERATOR(%%I.%%s)', nn.nspname, ne.oprname),
            format('OPERATOR(%%I.%%s)', gn.nspname, g.oprname),
            format('OPERATOR(%%I.%%s)', ln.nspname, l.oprname)]
        FROM pg_opclass AS o
        JOIN pg_amop AS ea ON ea.amopfamily = o.opcfamily AND ea.amopstrategy = 3
            AND ea.amoplefttype = o.opcintype AND ea.amoprighttype = o.opcintype
        JOIN pg_operator AS e ON e.oid = ea.amopopr JOIN pg_namespace AS en ON en.oid = e.oprnamespace
        JOIN pg_operator AS ne ON ne.oid = e.oprnegate JOIN pg_namespace AS nn ON nn.oid = ne.oprnamespace
        JOIN pg_amop AS ga ON ga.amopfamily = o.opcfamily AND ga.amopstrategy = 5
            AND ga.amoplefttype = o.opcintype AND ga.amoprighttype = o.opcintype
        JOIN pg_operator AS g ON g.oid = ga.amopopr JOIN pg_namespace AS gn ON gn.oid = g.oprnamespace
        JOIN pg_amop AS la ON la.amopfamily = o.opcfamily AND la.amopstrategy = 2
            AND la.amoplefttype = o.opcintype AND la.amoprighttype = o.opcintype
        JOIN pg_operator AS l ON l.oid = la.amopopr JOIN pg_namespace AS ln ON ln.oid = l.oprnamespace
        WHERE o.opcintype = b.oid AND o.opcdefault AND o.opcmethod = (SELECT m.oid FROM pg_am AS m WHERE m.amname = 'btree')
            AND en.nspname <> 'pg_catalog'
    ) AS operators
FROM pg_attribute AS a
JOIN pg_type AS t ON t.oid = a.atttypid
JOIN pg_type AS b ON b.oid = coalesce(nullif(t.typbasetype, 0), t.oid)
LEFT JOIN pg_collation AS c ON c.oid = a.attcollation
LEFT JOIN pg_namespace AS n ON n.oid = c.collnamespace
WHERE a.attrelid = 'pg_temp.denorm_resolved'::regclass AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum;

-- equality --
-- The parsed query, and what it takes to tell where it chooses among equal values: types whose equal values always have
-- the same image (those whose indexes PostgreSQL deduplicates), collations under which equal texts may differ, and
-- aggregates and window functions that compute their value, or go by position.
SELECT (SELECT r.ev_action::text FROM pg_rewrite AS r WHERE r.ev_class = 'pg_temp.denorm_resolved'::regclass) AS tree,
    ARRAY(
        SELECT t.oid::bigint FROM pg_type AS t
        WHERE t.typtype = 'e' OR (CASE t.oid WHEN 'varchar'::regtype THEN 'text'::regtype ELSE t.oid END) IN (
            SELECT o.opcintype FROM pg_opclass AS o
            JOIN pg_amproc AS p ON p.amprocfamily = o.opcfamily AND p.amprocnum = 4
                AND p.amproclefttype = o.opcintype AND p.amprocrighttype = o.opcintype
                AND p.amproc IN ('pg_catalog.btequalimage'::regproc, 'pg_catalog.btvarstrequalimage'::regproc)
            WHERE o.opcdefault AND o.opcintype <> 'bpchar'::regtype
        )
    ) AS exact,
    ARRAY(SELECT c.oid::bigint FROM pg_collation AS c WHERE NOT c.collisdeterministic) AS loose,
    ARRAY(
        SELECT p.oid::bigint FROM pg_proc AS p
        WHERE p.prokind IN ('a', 'w') AND p.pronamespace = 'pg_catalog'::regnamespace
            AND p.proname ~ '^(count|sum|avg|every|bool_|bit_|stddev|var|regr_|corr|covar_|percentile_cont|rank|dense_rank'
                '|percent_rank|cume_dist|ntile|row_number|lag|lead|first_value|last_value|nth_value|array_agg|string_agg'
                '|json|xmlagg)'
    ) AS steady;

-- name_taken --
-- Whether a table, view, index, sequence or type has the name. PostgreSQL renames an array's type by itself.
SELECT EXISTS (SELECT FROM pg_class AS c WHERE c.relnamespace = n.oid AND c.relname = %(name)s)
    OR EXISTS (
        SELECT FROM pg_type AS t WHERE t.typnamespace = n.oid AND t.typname = %(name)s AND t.typcategory <> 'A') AS taken
FROM (SELECT (SELECT oid FROM pg_namespace WHERE nspname = %(schema)s) AS oid) AS n;

-- index_holder --
-- What has the name of an index; `of` is the table or view that it indexes, NULL where it is something else.
SELECT CASE WHEN t.oid IS NOT NULL THEN ARRAY[n.nspname, t.relname]::text[] END AS of,
    obj_description(c.oid, 'pg_class') AS comment
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_index AS x ON x.indexrelid = c.oid
LEFT JOIN pg_class AS t ON t.oid = x.indrelid
WHERE n.nspname = %(schema)s AND c.relname = %(name)s;

-- relation --
SELECT c.relkind::text AS kind, c.relispopulated AS filled, obj_description(c.oid, 'pg_class') AS comment
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND c.relname = %(table)s;

-- transaction_id --
SELECT pg_current_xact_id()::xid::text AS id;

-- running_transactions --
-- Of others, in any database.
SELECT ARRAY(
    SELECT l.virtualtransaction FROM pg_locks AS l WHERE l.locktype = 'virtualxid' AND l.pid <> pg_backend_pid()
) AS running;

-- older_snapshot --
-- Without pg_read_all_stats a session of another role shows no snapshot; it may have one while a transaction that was
-- `running` goes on.
SELECT a.pid, coalesce(a.usename, a.backend_type) AS role,
    coalesce(' (' || coalesce(a.state, 'active') || ' for '
        || round(extract(epoch FROM clock_timestamp() - a.xact_start))::bigint || ' s)', '') AS for_so_long
FROM pg_stat_activity AS a
WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()
    AND CASE
        WHEN pg_has_role('pg_read_all_stats', 'USAGE') OR pg_has_role(a.usesysid, 'USAGE')
            THEN a.backend_type = 'client backend' AND age(a.backend_xmin) >= age(%(transaction_id)s::text::xid)
        ELSE EXISTS (
            SELECT FROM pg_locks AS l
            WHERE l.pid = a.pid AND l.locktype = 'virtualxid' AND l.virtualtransaction = ANY (%(running)s))
    END
ORDER BY a.xact_start LIMIT 1;

-- lock_holder --
-- Who has held locks on tables for longest, and so is probably who others wait for.
SELECT a.pid, coalesce(a.usename, a.backend_type) AS role, coalesce(a.state, 'active') AS state,
    round(extract(epoch FROM clock_timestamp() - a.xact_start))::bigint AS seconds,
    left(regexp_replace(a.query, '\s+', ' ', 'g'), 100) AS statement
FROM pg_stat_activity AS a
WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.xact_start IS NOT NULL
    AND EXISTS (
        SELECT FROM pg_locks AS l
        WHERE l.pid = a.pid AND l.granted AND l.locktype = 'relation' AND l.relation >= 16384)
ORDER BY a.xact_start LIMIT 1;

-- table_columns --
SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS not_null,
    col_description(a.attrelid, a.attnum) AS comment
FROM pg_attribute AS a
JOIN pg_class AS c ON c.oid = a.attrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND c.relname = %(table)s AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum;

-- indexes --
SELECT i.relname AS name, x.indisvalid AS valid, obj_description(i.oid, 'pg_class') AS comment,
    pg_relation_size(i.oid) AS bytes,
    -- The columns that rows cannot agree in, where that is so for all rows and at once; nullable ones only if NULLs count.
    CASE WHEN x.indisunique AND x.indisvalid AND x.indimmediate AND x.indpred IS NULL AND x.indexprs IS NULL THEN
        ARRAY(
            SELECT a.attname::text FROM pg_attribute AS a
            WHERE a.attrelid = c.oid AND a.attnum = ANY (x.indkey::smallint[])
        )
    END AS unique_columns,
    x.indisprimary OR x.indnullsnotdistinct AS null_is_a_value,
    i.relkind = 'I' AS partitioned, i.relispartition AS attached,
    EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = i.oid AND k.contype IN ('p', 'u', 'x')) AS of_constraint
FROM pg_index AS x
JOIN pg_class AS i ON i.oid = x.indexrelid
JOIN pg_class AS c ON c.oid = x.indrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND c.relname = %(table)s;

-- index_figures --
-- Bytes of some indexes, and how often they were read, those of partitions with them.
SELECT i.relname AS name, sum(pg_relation_size(part.relid))::bigint AS bytes,
    sum(pg_stat_get_numscans(part.relid))::bigint AS scans
FROM pg_class AS i
JOIN pg_namespace AS n ON n.oid = i.relnamespace
CROSS JOIN LATERAL (SELECT i.oid UNION SELECT relid FROM pg_partition_tree(i.oid)) AS part (relid)
WHERE (n.nspname, i.relname) IN (SELECT * FROM unnest(%(schemas)s::text[], %(names)s::text[]))
GROUP BY i.oid, i.relname;

-- index_progress --
-- Each phase counts what suits it: who is waited for, the table's blocks, or its rows.
SELECT p.phase,
    CASE WHEN p.lockers_total > 0 THEN p.lockers_done WHEN p.tuples_total > 0 THEN p.tuples_done ELSE p.blocks_done END AS done,
    CASE WHEN p.lockers_total > 0 THEN p.lockers_total WHEN p.tuples_total > 0 THEN p.tuples_total ELSE p.blocks_total END AS total,
    'process ' || a.pid || ' of ' || a.usename || ' (' || a.state || ')' AS waits_for
FROM pg_stat_progress_create_index AS p
LEFT JOIN pg_stat_activity AS a ON a.pid = nullif(p.current_locker_pid, 0)
WHERE p.pid = %(pid)s;

-- foreign_keys --
SELECT k.conname AS name, k.convalidated AS validated
FROM pg_constraint AS k
JOIN pg_class AS c ON c.oid = k.conrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND c.relname = %(table)s AND k.contype = 'f' AND k.conparentid = 0;

-- partitions --
SELECT n.nspname AS schema, c.relname AS name
FROM pg_inherits AS i
JOIN pg_class AS r ON r.oid = i.inhparent AND r.relkind = 'p'
JOIN pg_namespace AS rn ON rn.oid = r.relnamespace
JOIN pg_class AS c ON c.oid = i.inhrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE rn.nspname = %(schema)s AND r.relname = %(table)s
ORDER BY c.relname;

-- attached_indexes --
-- The partitions whose index is part of a partitioned index.
SELECT t.relname AS table
FROM pg_inherits AS i
JOIN pg_class AS r ON r.oid = i.inhparent AND r.relkind = 'I'
JOIN pg_namespace AS n ON n.oid = r.relnamespace
JOIN pg_index AS x ON x.indexrelid = i.inhrelid
JOIN pg_class AS t ON t.oid = x.indrelid
WHERE n.nspname = %(schema)s AND r.relname = %(index)s;

-- table_size --
SELECT
    -- With its partitions; a table that has none is no tree.
    coalesce(
        (SELECT sum(pg_total_relation_size(t.relid)) FROM pg_partition_tree(c.oid) AS t), pg_total_relation_size(c.oid)
    )::bigint AS bytes
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND c.relname = %(table)s;

-- estimated_rows --
-- As last analyzed; where that never happened, by size: a hundred bytes a row.
SELECT coalesce(sum(CASE WHEN c.reltuples >= 0 THEN c.reltuples ELSE pg_relation_size(c.oid) / 100 END), 0)::bigint AS rows,
    coalesce(bool_and(c.reltuples >= 0), false) AS analyzed
FROM pg_class AS r
JOIN pg_namespace AS n ON n.oid = r.relnamespace
JOIN pg_class AS c ON c.oid = r.oid OR c.oid IN (SELECT t.relid FROM pg_partition_tree(r.oid) AS t)
WHERE n.nspname = %(schema)s AND r.relname = %(table)s AND c.relkind IN ('r', 'm');

-- snapshot --
-- Transactions before this one have ended, and every later statement sees what they did.
SELECT pg_snapshot_xmin(pg_current_snapshot())::xid::text AS oldest;

-- schema --
SELECT nspname FROM pg_namespace WHERE nspname = %(schema)s;

-- closed_schema --
SELECT nspname FROM pg_namespace WHERE nspname = %(schema)s AND NOT has_schema_privilege(oid, 'USAGE');

-- leading_index_terms --
-- What the indexes of some tables begin with, as far as they find all rows by equality; a table without any has a row.
SELECT n.nspname AS schema, c.relname AS table, c.relkind = 'p' AS partitioned, x.column_name AS column,
    CASE WHEN x.column_name IS NULL THEN pg_get_indexdef(x.indexrelid, 1, false) END AS expression
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN (
    SELECT x.indexrelid, x.indrelid, a.attname AS column_name
    FROM pg_index AS x
    JOIN pg_class AS i ON i.oid = x.indexrelid
    JOIN pg_am AS m ON m.oid = i.relam AND m.amname IN ('btree', 'hash')
    LEFT JOIN pg_attribute AS a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[0]
    WHERE x.indisvalid
        -- Nothing is equal to NULL, so an index without NULLs is as good.
        AND (x.indpred IS NULL
            OR pg_get_expr(x.indpred, x.indrelid)
                = CASE WHEN a.attname IS NOT NULL THEN format('(%%I IS NOT NULL)', a.attname) END)
) AS x ON x.indrelid = c.oid
WHERE (n.nspname, c.relname) IN (SELECT * FROM unnest(%(schemas)s::text[], %(tables)s::text[]))
    AND c.relkind IN ('r', 'p');

-- different_values --
-- About how many different values some columns of a table have together, at least: as many as it has rows where they are
-- unique, else by its statistics; without these 200, as the planner assumes.
SELECT CASE
    WHEN EXISTS (
        SELECT FROM pg_index AS x
        WHERE x.indrelid = c.oid AND x.indisunique AND x.indisvalid AND x.indpred IS NULL AND x.indexprs IS NULL
            AND NOT EXISTS (
                SELECT FROM unnest((x.indkey::int2[])[0:x.indnkeyatts - 1]) AS k (number)
                JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = k.number
                WHERE a.attname <> ALL (%(columns)s::text[]))
    ) THEN %(rows)s::float8
    ELSE coalesce((
        SELECT max(CASE WHEN s.n_distinct < 0 THEN -s.n_distinct * %(rows)s ELSE s.n_distinct END) FROM pg_stats AS s
        WHERE s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = ANY (%(columns)s::text[])
            AND s.n_distinct <> 0
    ), 200)
END AS count
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND c.relname = %(table)s;
