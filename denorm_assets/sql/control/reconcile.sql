-- begin --
INSERT INTO denorm.reconciliation (model_id, mode) VALUES (%(model_id)s, %(mode)s) RETURNING id;

-- end --
UPDATE denorm.reconciliation
SET ended_at = clock_timestamp(), passed = %(passed)s, summary = %(summary)s, figures = %(figures)s::text::jsonb
WHERE id = %(reconciliation_id)s;

-- prune --
DELETE FROM denorm.reconciliation
WHERE model_id = %(model_id)s AND started_at < clock_timestamp() - make_interval(days => %(days)s);

-- last --
SELECT mode, started_at, ended_at, passed, summary, figures FROM denorm.reconciliation
WHERE model_id = %(model_id)s AND ended_at IS NOT NULL ORDER BY started_at DESC LIMIT 1;

-- last_begun --
SELECT m.system, m.name, max(r.started_at) AS begun_at
FROM denorm.read_model AS m JOIN denorm.reconciliation AS r ON r.model_id = m.id GROUP BY m.system, m.name;

-- compared --
SELECT segment, compared_at FROM denorm.compared WHERE model_id = %(model_id)s;

-- record_compared --
INSERT INTO denorm.compared (model_id, segment, compared_at) VALUES (%(model_id)s, %(segment)s, clock_timestamp())
ON CONFLICT (model_id, segment) DO UPDATE SET compared_at = excluded.compared_at;

-- active_sessions --
-- Of others, in this database.
SELECT count(*) AS active FROM pg_stat_activity
WHERE datname = current_database() AND state = 'active' AND backend_type = 'client backend'
    AND pid <> pg_backend_pid() AND application_name NOT LIKE 'denorm\_assets%%';

-- audit_whole --
INSERT INTO denorm.audit (reconciliation_id, segment, before, after, cause)
VALUES (%(reconciliation_id)s, 'as a whole', %(before)s::text::jsonb, %(after)s::text::jsonb, %(cause)s);

-- audited --
SELECT m.system || '/' || m.name AS model, a.repaired_at, a.segment, a.key, a.before, a.after, a.cause
FROM denorm.audit AS a
JOIN denorm.reconciliation AS r ON r.id = a.reconciliation_id
JOIN denorm.read_model AS m ON m.id = r.model_id
WHERE m.system = %(system)s AND m.name = %(name)s
    AND (%(reconciliation_id)s::bigint IS NULL OR r.id = %(reconciliation_id)s)
    AND (%(days)s::integer IS NULL OR a.repaired_at > clock_timestamp() - make_interval(days => %(days)s))
ORDER BY a.id DESC LIMIT %(at_most)s;
