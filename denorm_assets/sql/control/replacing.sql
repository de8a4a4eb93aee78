-- left_over --
SELECT kind FROM denorm.owned_relation
WHERE beside AND commented AND (system, table_schema, table_name) = (%(system)s, %(schema)s, %(table)s);

-- left_overs --
-- All of a system, and whether a materialized view of ours still reads it.
SELECT o.model_id, o.name, o.table_schema AS schema, o.table_name AS table, EXISTS (
        SELECT FROM pg_depend AS d
        JOIN pg_rewrite AS w ON (d.classid, d.objid) = ('pg_rewrite'::regclass, w.oid)
        JOIN denorm.owned_relation AS v ON v.relation = w.ev_class AND v.relation <> o.relation
        WHERE d.refclassid = 'pg_class'::regclass AND coalesce(pg_partition_root(d.refobjid), d.refobjid) = o.relation
    ) AS read
FROM denorm.owned_relation AS o
WHERE o.beside AND o.commented AND o.system = %(system)s
ORDER BY o.table_name;

-- views_on --
-- Materialized views of ours that read a table or view, or a partition of it.
SELECT DISTINCT v.model_id, v.system || '/' || v.name AS full_name, v.table_schema AS schema, v.table_name AS table,
    v.beside, v.commented
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_depend AS d ON d.refclassid = 'pg_class'::regclass AND coalesce(pg_partition_root(d.refobjid), d.refobjid) = c.oid
JOIN pg_rewrite AS w ON (d.classid, d.objid) = ('pg_rewrite'::regclass, w.oid)
JOIN denorm.owned_relation AS v ON v.relation = w.ev_class AND v.relation <> c.oid
WHERE n.nspname = %(schema)s AND c.relname = %(table)s;

-- views_over --
-- Views of the application that read a table or view, or a partition of it, directly. They can read another relation in its
-- place: each column that they use stays what it is, and we may replace them. `fields` and `types` are its new columns.
SELECT n.nspname AS schema, v.relname AS view, coalesce(v.reloptions, '{}') AS options, pg_get_viewdef(v.oid) AS text,
    'view ' || (pg_identify_object('pg_class'::regclass, v.oid, 0)).identity AS object
FROM pg_class AS v
JOIN pg_namespace AS n ON n.oid = v.relnamespace
JOIN pg_rewrite AS w ON w.ev_class = v.oid AND w.rulename = '_RETURN'
CROSS JOIN LATERAL (
    SELECT bool_and(d.refobjsubid = 0 OR EXISTS (
        SELECT FROM pg_attribute AS a
        JOIN unnest(%(fields)s::text[], %(types)s::text[]) AS f (name, type)
            ON (f.name, f.type) = (a.attname, format_type(a.atttypid, a.atttypmod))
        WHERE (a.attrelid, a.attnum) = (d.refobjid, d.refobjsubid))) AS fits
    FROM pg_depend AS d
    WHERE (d.classid, d.objid) = ('pg_rewrite'::regclass, w.oid) AND d.refclassid = 'pg_class'::regclass
        AND coalesce(pg_partition_root(d.refobjid), d.refobjid)
            = to_regclass(format('%%I.%%I', %(schema)s::text, %(table)s::text))
) AS reading
WHERE v.relkind = 'v' AND reading.fits
    AND pg_has_role(v.relowner, 'USAGE') AND has_schema_privilege(n.oid, 'CREATE')
ORDER BY n.nspname, v.relname;

-- set_aside --
INSERT INTO denorm.set_aside (model_id, name) VALUES (%(model_id)s, %(table)s);

-- forget_aside --
DELETE FROM denorm.set_aside AS a USING denorm.read_model AS m
WHERE m.id = a.model_id AND (m.system, m.table_schema, a.name) = (%(system)s, %(schema)s, %(table)s);

-- oid --
SELECT format('%%I.%%I', %(schema)s::text, %(table)s::text)::regclass::oid AS oid;

-- needs_rebuild --
UPDATE denorm.read_model SET state = 'needs_rebuild' WHERE id = %(model_id)s AND state = 'live';

-- attached --
-- What is not ours on a table or view and on its partitions, and would go with it without a word. Indexes called `own`
-- are ours, and so is what makes the `key` unique.
WITH member AS (
    SELECT coalesce(t.relid, c.oid)::oid AS relation
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    LEFT JOIN LATERAL pg_partition_tree(c.oid) AS t ON true
    WHERE n.nspname = %(schema)s AND c.relname = %(table)s
), attached AS (
    SELECT 'pg_policy'::regclass AS class, p.oid FROM pg_policy AS p JOIN member ON relation = p.polrelid
    UNION ALL
    SELECT 'pg_trigger'::regclass, t.oid FROM pg_trigger AS t JOIN member ON relation = t.tgrelid
    WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND t.tgname NOT LIKE 'trg\_denorm\_%%'
    UNION ALL
    SELECT 'pg_rewrite'::regclass, r.oid FROM pg_rewrite AS r JOIN member ON relation = r.ev_class
    WHERE r.rulename <> '_RETURN'
    UNION ALL
    SELECT 'pg_statistic_ext'::regclass, s.oid FROM pg_statistic_ext AS s JOIN member ON relation = s.stxrelid
    UNION ALL
    SELECT 'pg_constraint'::regclass, k.oid FROM pg_constraint AS k JOIN member ON relation = k.conrelid
    WHERE k.contype IN ('c', 'x') AND k.coninhcount = 0
    UNION ALL
    SELECT 'pg_class'::regclass, i.oid FROM pg_index AS x JOIN member ON relation = x.indrelid
    JOIN pg_class AS i ON i.oid = x.indexrelid
    WHERE NOT i.relispartition AND i.relname <> ALL (%(own)s)
        AND coalesce(obj_description(i.oid, 'pg_class'), '') NOT LIKE 'denorm\_assets %%'
        AND NOT EXISTS (
            SELECT FROM pg_constraint AS k
            WHERE k.conindid = i.oid AND (
                k.contype IN ('p', 'x') OR k.contype = 'u' AND (
                    x.indnullsnotdistinct OR %(key)s::text[] = ARRAY(
                        SELECT a.attname::text FROM pg_attribute AS a
                        WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey) ORDER BY a.attname COLLATE "C"))))
)
SELECT named.type || ' ' || named.identity AS object
FROM attached CROSS JOIN LATERAL pg_identify_object(class, oid, 0) AS named
UNION ALL
SELECT 'row security of ' || named.identity
FROM member
JOIN pg_class AS c ON c.oid = relation AND (c.relrowsecurity OR c.relforcerowsecurity)
CROSS JOIN LATERAL pg_identify_object('pg_class'::regclass, c.oid, 0) AS named
ORDER BY 1;

-- settings --
-- Who owns a table or view, and its storage parameters.
SELECT pg_get_userbyid(c.relowner) AS owner, c.relreplident = 'f' AS by_whole_row, ARRAY(
    SELECT unnest(c.reloptions) UNION ALL
    SELECT 'toast.' || unnest(t.reloptions) FROM pg_class AS t WHERE t.oid = c.reltoastrelid
) AS options
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND c.relname = %(table)s;

-- rights --
-- What the owner and others may do with a table or view, or with one column of it. The role PUBLIC has no name.
SELECT a.attname AS column, coalesce(r.rolname, '') AS grantee, g.privilege_type AS privilege,
    bool_or(g.is_grantable) AS grantable
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
    SELECT NULL::name AS attname, coalesce(c.relacl, acldefault('r', c.relowner)) AS acl
    UNION ALL
    SELECT a.attname, a.attacl FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
) AS a
CROSS JOIN LATERAL aclexplode(a.acl) AS g
LEFT JOIN pg_roles AS r ON r.oid = g.grantee
WHERE n.nspname = %(schema)s AND c.relname = %(table)s
GROUP BY 1, 2, 3;
