-- dispatch --
-- `reached` is which read models and caches the changes of which tables reach: of those in the log as this begins.
SELECT denorm.dispatch() AS moved, pg_sequence_last_value('denorm.log_room') < 0 AS stopped,
    EXISTS (SELECT FROM denorm.dispatch_failure) AS failed_before, (
        SELECT coalesce(jsonb_agg(jsonb_build_array(d.model_id, s.table_schema || '.' || s.table_name)), '[]')
        FROM denorm.dependency AS d JOIN denorm.source AS s ON s.id = d.source_id
        WHERE d.source_id IN (SELECT l.source_id FROM denorm.change_log AS l)
    ) AS reached;

-- anything_to_move --
-- What `denorm.dispatch` looks at first, too. Most looks find nothing, and need no transaction of their own.
SELECT EXISTS (SELECT FROM denorm.change_log) OR pg_sequence_last_value('denorm.log_room') < 0 OR NOT EXISTS (
        SELECT FROM denorm.log_limit AS l
        WHERE l.seen IS NULL AND pg_sequence_last_value('denorm.unlogged_change') = l.covered
    ) OR EXISTS (SELECT FROM denorm.dispatch_failure) AS found;

-- anything_to_do --
-- The same for a worker that asks several times a second, and whether anything is pending for the read models it refreshes.
SELECT (SELECT max(version) FROM denorm.migration) AS version,
    EXISTS (SELECT FROM denorm.change_log) OR pg_sequence_last_value('denorm.log_room') < 0 OR NOT EXISTS (
        SELECT FROM denorm.log_limit AS l
        WHERE l.seen IS NULL AND pg_sequence_last_value('denorm.unlogged_change') = l.covered
    ) OR EXISTS (SELECT FROM denorm.dispatch_failure) OR EXISTS (
        SELECT FROM denorm.read_model AS m
        WHERE m.system = ANY (%(systems)s) AND m.kind = 'table' AND m.state = 'live'
            AND EXISTS (SELECT FROM denorm.pending AS p WHERE p.model_id = m.id)
    ) AS found;

-- expansions --
-- What dispatch would run now.
SELECT d.model_id, d.source_id, d.expansion FROM denorm.dependency AS d
WHERE d.expansion IS NOT NULL AND d.broken IS NULL AND NOT denorm.counts_as_slow(d.slow_at)
    AND d.source_id IN (SELECT source_id FROM denorm.change_log)
ORDER BY d.model_id, d.source_id;

-- note_slow --
UPDATE denorm.dependency SET slow_at = clock_timestamp() WHERE model_id = %(model_id)s;

-- record_dispatch_failure --
INSERT INTO denorm.dispatch_failure (error) VALUES (%(error)s) ON CONFLICT (single) DO UPDATE SET error = excluded.error;

-- forget_dispatch_failure --
DELETE FROM denorm.dispatch_failure;

-- waiting_in_log --
-- Read models and caches whose changes are in the log still, or were not logged.
SELECT d.model_id FROM denorm.dependency AS d
WHERE d.source_id IN (SELECT source_id FROM denorm.change_log) OR denorm.unlogged_since() IS NOT NULL GROUP BY d.model_id;

-- vacuum_log --
-- Its file shrinks, which has logging resume; a server may be set to leave files as they are.
VACUUM (SKIP_LOCKED, TRUNCATE) denorm.change_log;

-- doubt_unlogged --
-- Of a read model that is refreshed at once: others may leave their transactions open for long.
INSERT INTO denorm.pending (model_id, everything, changed_at)
SELECT %(model_id)s, true, clock_timestamp() WHERE denorm.unlogged_since() IS NOT NULL;

-- pending --
SELECT p.model_id, count(*) AS count, min(p.first_changed_at) AS first, max(p.changed_at) AS last,
    bool_or(p.everything) AS everything
FROM denorm.pending AS p GROUP BY p.model_id;

-- shorten --
-- Of caches that nobody keeps, and of models that nobody drains: that everything is stale says as much as so many anchors.
WITH taken AS (
    DELETE FROM denorm.pending AS p USING denorm.read_model AS m
    WHERE m.id = p.model_id AND (m.kind = 'cache' AND m.id = ANY (%(caches)s) OR m.id = ANY (%(models)s))
    RETURNING p.model_id, p.first_changed_at, p.changed_at
)
INSERT INTO denorm.pending (model_id, everything, first_changed_at, changed_at)
SELECT model_id, true, min(first_changed_at), max(changed_at) FROM taken GROUP BY model_id;

-- pending_anchors --
-- A portion of them, and how many there are; so many bytes at most, or a single one. `slow` ones took too long last time.
SELECT p.anchor, p.everything, p.total, EXISTS (
        SELECT FROM denorm.quarantine AS q
        WHERE q.model_id = %(model_id)s AND q.slow AND q.anchor IS NOT DISTINCT FROM p.anchor) AS slow
FROM (
    SELECT anchor, everything, count(*) OVER () AS total, row_number() OVER portion AS position,
        sum(coalesce(octet_length(anchor), 0)) OVER portion AS bytes
    FROM denorm.pending WHERE model_id = %(model_id)s GROUP BY anchor, everything
    WINDOW portion AS (ORDER BY everything DESC, anchor ROWS UNBOUNDED PRECEDING)
    ORDER BY everything DESC, anchor LIMIT %(at_most)s
) AS p
WHERE p.position = 1 OR p.bytes <= %(most_bytes)s;

-- take_everything --
-- What is kept of blocks holds no longer: what was pending for them is gone.
WITH partials AS (
    UPDATE denorm.read_model SET partials_of = NULL WHERE id = %(model_id)s AND partials_of IS NOT NULL)
DELETE FROM denorm.pending WHERE model_id = %(model_id)s;

-- has_partials --
-- And how many blocks there are, counted where many of them are pending.
SELECT EXISTS (SELECT FROM denorm.read_model AS m
    WHERE m.id = %(model_id)s AND m.partials_of = m.code_version AND m.code_version = %(code_version)s) AS found,
    CASE WHEN %(counted)s THEN (SELECT count(DISTINCT (p.part, p.block)) FROM denorm.partial AS p
        WHERE p.model_id = %(model_id)s) END AS blocks;

-- note_partials --
UPDATE denorm.read_model SET partials_of = %(code_version)s WHERE id = %(model_id)s;

-- doubt_partials --
UPDATE denorm.read_model SET partials_of = NULL WHERE id = %(model_id)s AND partials_of IS NOT NULL;

-- take_older --
-- What was pending before a snapshot was taken.
DELETE FROM denorm.pending WHERE model_id = %(model_id)s AND age(xmin) > age(%(snapshot)s::text::xid);

-- take_anchors --
-- By their hashes, which the index has.
DELETE FROM denorm.pending
WHERE model_id = %(model_id)s AND NOT everything AND (
    hashtextextended(anchor, 0) = ANY (ARRAY(SELECT hashtextextended(a, 0) FROM unnest(%(anchors)s::text[]) AS a))
        AND anchor = ANY (%(anchors)s)
    OR %(nulls)s AND anchor IS NULL);

-- release_quarantine --
DELETE FROM denorm.quarantine
WHERE model_id = %(model_id)s AND (%(everything)s OR anchor = ANY (%(anchors)s) OR %(nulls)s AND anchor IS NULL);

-- put_in_quarantine --
-- Once: only who holds the drain lock puts anchors there.
WITH before AS (
    DELETE FROM denorm.quarantine WHERE model_id = %(model_id)s AND anchor IS NOT DISTINCT FROM %(anchor)s
        AND hashtextextended(anchor, 0) IS NOT DISTINCT FROM hashtextextended(%(anchor)s, 0)
)
INSERT INTO denorm.quarantine (model_id, anchor, error, slow) VALUES (%(model_id)s, %(anchor)s, %(error)s, %(slow)s);

-- retry_quarantine --
INSERT INTO denorm.pending (model_id, anchor, changed_at)
SELECT q.model_id, q.anchor, clock_timestamp() FROM denorm.quarantine AS q WHERE q.model_id = %(model_id)s;

-- quarantined --
SELECT count(*) AS count, coalesce(bool_or(slow), false) AS slow FROM denorm.quarantine WHERE model_id = %(model_id)s;

-- end_interrupted --
UPDATE denorm.refresh SET status = 'failed', error = 'interrupted: its process or its connection ended'
WHERE model_id = %(model_id)s AND status = 'running';

-- prune_refreshes --
DELETE FROM denorm.refresh
WHERE model_id = %(model_id)s AND started_at < clock_timestamp() - make_interval(days => %(days)s);

-- begin_refresh --
INSERT INTO denorm.refresh (model_id, status, requested_at, started_at)
VALUES (%(model_id)s, 'running', %(requested_at)s, clock_timestamp()) RETURNING id;

-- record_failure --
INSERT INTO denorm.refresh (model_id, status, requested_at, started_at, duration_ms, error)
VALUES (%(model_id)s, 'failed', %(requested_at)s, clock_timestamp(), 0, %(error)s);

-- end_refresh --
UPDATE denorm.refresh
SET status = %(status)s, duration_ms = extract(epoch FROM clock_timestamp() - started_at) * 1000,
    anchors = %(anchors)s, rows_written = %(rows_written)s, rows_removed = %(rows_removed)s, error = %(error)s
WHERE id = %(refresh_id)s;

-- past_refreshes --
-- The last ones by their numbers: a clock that was set back makes later ones look older.
SELECT c.started_at AS completed_at, c.duration_ms AS last_ms, count(r.id) AS failures,
    EXISTS (SELECT FROM denorm.quarantine AS q WHERE q.model_id = %(model_id)s AND q.slow) AS holds_slow,
    (array_agg(r.started_at ORDER BY r.id DESC))[1] AS last_failure
FROM (VALUES (%(model_id)s)) AS m (id)
LEFT JOIN LATERAL (
    SELECT s.id, s.started_at, s.duration_ms FROM denorm.refresh AS s
    WHERE s.model_id = m.id AND s.status = 'completed' ORDER BY s.id DESC LIMIT 1
) AS c ON true
LEFT JOIN denorm.refresh AS r ON r.model_id = m.id AND r.status = 'failed'
    AND (c.id IS NULL OR r.id > c.id)
GROUP BY c.started_at, c.duration_ms;

-- beat --
INSERT INTO denorm.worker (system, holder, beat_at)
SELECT system, %(holder)s, clock_timestamp() FROM unnest(%(systems)s::text[]) AS system ORDER BY system
ON CONFLICT (system) DO UPDATE SET holder = excluded.holder, beat_at = excluded.beat_at;

-- stop_beating --
DELETE FROM denorm.worker WHERE system = ANY (%(systems)s) AND holder = %(holder)s;

-- beating --
-- A beat that is still to come is one of before the clock was set back; whoever lives beats again soon.
SELECT system, holder FROM denorm.worker
WHERE beat_at > clock_timestamp() - make_interval(secs => %(fresh)s)
    AND beat_at < clock_timestamp() + make_interval(secs => %(fresh)s);

-- health --
SELECT (SELECT count(*) FROM denorm.quarantine AS q WHERE q.model_id = m.id) AS quarantined,
    (SELECT min(q.error) FROM denorm.quarantine AS q WHERE q.model_id = m.id) AS quarantine_error,
    ARRAY(SELECT coalesce(left(q.anchor, 40), 'NULL') FROM denorm.quarantine AS q
        WHERE q.model_id = m.id ORDER BY q.anchor LIMIT 3) AS quarantined_anchors,
    (SELECT max(d.slow_at) FROM denorm.dependency AS d WHERE d.model_id = m.id AND denorm.counts_as_slow(d.slow_at)) AS slow_at,
    (SELECT string_agg(d.broken, '; ') FROM denorm.dependency AS d WHERE d.model_id = m.id) AS broken,
    (SELECT count(DISTINCT (p.model_id, p.anchor, p.everything)) FROM denorm.pending AS p WHERE p.model_id = ANY (u.ids))
        -- Not yet expanded: that would read the sources, and might wait for who alters one, with locks on others.
        + (SELECT count(*) FROM denorm.change_log AS l
            JOIN denorm.dependency AS d ON d.source_id = l.source_id WHERE d.model_id = ANY (u.ids))
        + (unlogged.since IS NOT NULL)::int AS pending,
    greatest(extract(epoch FROM clock_timestamp() - (
        SELECT min(waiting.at) FROM (
            SELECT p.first_changed_at AS at FROM denorm.pending AS p WHERE p.model_id = ANY (u.ids)
            UNION ALL
            SELECT l.logged_at FROM denorm.change_log AS l
            JOIN denorm.dependency AS d ON d.source_id = l.source_id WHERE d.model_id = ANY (u.ids)
            UNION ALL
            SELECT unlogged.since
        ) AS waiting
    )), 0) AS lag_seconds,
    (SELECT f.error FROM denorm.dispatch_failure AS f WHERE unlogged.since IS NOT NULL OR EXISTS (
        SELECT FROM denorm.change_log AS l JOIN denorm.dependency AS d ON d.source_id = l.source_id
        WHERE d.model_id = ANY (u.ids))) AS dispatch_error,
    unlogged.since AS unlogged_since, ARRAY(SELECT denorm.redefined(m.id)) AS redefined,
    (SELECT string_agg(r.system || '/' || r.name, ', ' ORDER BY r.system, r.name) FROM denorm.read_model AS r
        WHERE r.id = ANY (u.ids) AND r.id <> m.id AND (
            r.state <> 'live' OR EXISTS (SELECT FROM denorm.quarantine AS q WHERE q.model_id = r.id))) AS read_stale,
    (SELECT r.duration_ms FROM denorm.refresh AS r
        WHERE r.model_id = m.id AND r.status = 'completed' ORDER BY r.id DESC LIMIT 1) AS last_duration_ms,
    (SELECT r.error FROM denorm.refresh AS r WHERE r.model_id = m.id ORDER BY r.id DESC LIMIT 1) AS last_error,
    -- The column is there from the next `apply` on.
    abs(extract(epoch FROM clock_timestamp() - (to_jsonb(m) ->> 'clock')::timestamptz)) AS clock_seconds
FROM denorm.read_model AS m
CROSS JOIN (SELECT denorm.unlogged_since() AS since) AS unlogged
-- What waits for a read model that it reads has not reached it either.
CROSS JOIN LATERAL (
    WITH RECURSIVE upstream AS (
        SELECT m.id
        UNION
        SELECT r.read_id FROM upstream JOIN denorm.reading AS r ON r.model_id = upstream.id
    )
    SELECT array_agg(id) AS ids FROM upstream
) AS u
WHERE m.id = %(model_id)s;

-- stale --
-- DISTINCT does not count NULL, which is an anchor like any other.
SELECT count(DISTINCT anchor) FILTER (WHERE NOT everything)
        + (count(*) FILTER (WHERE anchor IS NULL AND NOT everything) > 0)::integer AS anchors,
    coalesce(bool_or(everything), false) AS everything
FROM denorm.stale_anchors(%(model_id)s);
