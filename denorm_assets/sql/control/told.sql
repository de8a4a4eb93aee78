-- fingerprints --
-- Of each read model, all that Dagster may have to be told of. What is younger than the grace is left to who did it; what
-- drivers did that report their own refreshes, for longer.
SELECT m.name, md5(concat_ws('|', m.state, m.code_version, coalesce(m.whole_version, ''), (
        SELECT string_agg(concat(p.key, ' ', p.done_at), ',' ORDER BY p.key) FROM denorm.range_progress AS p
        WHERE p.model_id = m.id AND p.done_version = m.code_version
            AND p.done_at < clock_timestamp() - make_interval(secs => %(grace)s)
    ), coalesce((
        SELECT max(r.id) FROM denorm.refresh AS r
        WHERE r.model_id = m.id AND r.status = 'completed' AND r.driver IS NOT NULL
            AND r.started_at + make_interval(secs => r.duration_ms / 1000) < clock_timestamp()
                - make_interval(secs => CASE WHEN r.driver = ANY (%(telling)s) THEN %(patience)s ELSE %(grace)s END)
    ), 0), (
        SELECT string_agg(concat(c.name, ' ', c.checked_at), ',' ORDER BY c.name) FROM denorm.checked AS c
        WHERE c.model_id = m.id
    ), (
        SELECT max(c.ended_at) FROM denorm.reconciliation AS c
        WHERE c.model_id = m.id AND c.ended_at < clock_timestamp() - make_interval(secs => %(grace)s)
    ))) AS fingerprint
FROM denorm.read_model AS m WHERE m.system = %(system)s AND m.kind = 'table';

-- refreshes --
-- Those that altered something, the last ones first.
SELECT r.id, r.anchors, r.rows_written, r.rows_removed, r.duration_ms / 1000 AS seconds, r.driver,
    r.started_at + make_interval(secs => r.duration_ms / 1000) AS ended_at
FROM denorm.refresh AS r
WHERE r.model_id = %(model_id)s AND r.status = 'completed' AND r.driver IS NOT NULL
    AND (r.anchors IS NULL OR r.anchors > 0)
    AND r.started_at + make_interval(secs => r.duration_ms / 1000) < clock_timestamp()
        - make_interval(secs => CASE WHEN r.driver = ANY (%(telling)s) THEN %(patience)s ELSE %(grace)s END)
ORDER BY r.id DESC LIMIT 1000;

-- reconciliation --
-- The last one that ended, if that is not just now.
SELECT id, ended_at, passed, summary, figures FROM denorm.reconciliation
WHERE model_id = %(model_id)s AND ended_at < clock_timestamp() - make_interval(secs => %(grace)s)
ORDER BY started_at DESC LIMIT 1;

-- record_check --
INSERT INTO denorm.checked (model_id, name, checked_at, code_version, result)
SELECT m.id, %(name)s, clock_timestamp(), m.code_version, %(result)s::text::jsonb
FROM denorm.read_model AS m WHERE m.id = %(model_id)s
ON CONFLICT (model_id, name) DO UPDATE SET
    checked_at = excluded.checked_at, code_version = excluded.code_version, result = excluded.result;

-- checks --
-- Of the present version.
SELECT c.name, c.checked_at, c.result FROM denorm.checked AS c
JOIN denorm.read_model AS m ON m.id = c.model_id AND m.code_version = c.code_version
WHERE c.model_id = %(model_id)s ORDER BY c.name;

-- identity --
-- Of this database, while it is not dumped and restored.
SELECT identity FROM denorm.registry;
