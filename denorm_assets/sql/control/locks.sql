-- take --
SELECT denorm.take_lock(
    %(name)s, %(model_id)s, %(key)s, %(holder)s,
    CASE WHEN %(drains)s THEN hashtextextended('denorm drain', %(model_id)s::bigint) END
) AS keys;

-- release --
SELECT pg_advisory_unlock(k) FROM unnest(%(keys)s::bigint[]) AS k;

-- guard --
-- Behind a pooler: this transaction holds a lock for another connection. It has neither an ID nor, after another statement,
-- a snapshot, so nobody waits for it. As for `take`, `old_key` keeps older releases away, but no strangers.
SELECT pg_backend_pid() AS pid, pg_try_advisory_xact_lock(%(key)s) AND (
    %(old_key)s::bigint IS NULL OR pg_try_advisory_xact_lock(%(old_key)s)
    OR NOT denorm.held_by_older_release(%(old_key)s)) AS guarded;

-- seen --
SELECT key FROM denorm.lock WHERE name = %(name)s AND NOT EXISTS (SELECT FROM denorm.lock_holder(%(name)s));

-- note --
-- Who held it as of `seen` never holds it again, so only another row has to be looked out for. Never waits.
UPDATE denorm.lock
SET key = %(key)s, holder = %(holder)s, since = clock_timestamp(), pid = %(pid)s,
    role = (SELECT a.usesysid FROM pg_stat_get_activity(%(pid)s) AS a)
WHERE name IN (
    SELECT l.name FROM denorm.lock AS l
    WHERE l.name = %(name)s AND l.key IS NOT DISTINCT FROM %(seen)s FOR UPDATE SKIP LOCKED);

-- keep --
-- Nobody takes these locks over before this transaction ends.
SELECT name, key FROM denorm.lock WHERE name = ANY (%(names)s) FOR SHARE;

-- old_key --
SELECT hashtextextended('denorm drain', %(model_id)s::bigint) AS key;

-- ensure --
INSERT INTO denorm.lock (name, model_id) VALUES (%(name)s, %(model_id)s) ON CONFLICT DO NOTHING;

-- share --
SELECT denorm.share_lock(%(name)s, hashtextextended('denorm drain', %(model_id)s::bigint)) AS shared;

-- holder --
SELECT holder, pid, role, since FROM denorm.lock_holder(%(name)s);

-- table_locks --
-- Other sessions with a lock on a table that a refresh of the read model needs, so that it waits for them: oldest first.
-- It reads sources, and writes its own table and those of the control schema; where it waited for a row, `rows` adds
-- whoever has locked or written rows there. Not whoever holds the read model's own lock.
SELECT n.nspname || '.' || c.relname AS table, l.mode, l.pid, coalesce(a.usename, a.backend_type) AS role,
    coalesce(a.state, 'active') AS state, round(extract(epoch FROM clock_timestamp() - a.xact_start))::bigint AS seconds
FROM pg_locks AS l
JOIN pg_stat_activity AS a ON a.pid = l.pid
JOIN pg_class AS c ON c.oid = l.relation
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN denorm.read_model AS m ON m.id = %(model_id)s
WHERE l.locktype = 'relation' AND l.granted AND l.pid <> pg_backend_pid()
    AND l.pid <> ALL (ARRAY(SELECT h.pid FROM denorm.lock_holder(%(drain)s) AS h))
    AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
    AND (
        l.mode = 'AccessExclusiveLock' AND l.relation IN (
            SELECT s.relation FROM denorm.dependency AS d JOIN denorm.source AS s ON s.id = d.source_id
            WHERE d.model_id = m.id)
        OR (n.nspname = 'denorm' OR (n.nspname, c.relname) = (m.table_schema, m.name) OR l.relation IN (
            SELECT relid FROM pg_partition_tree(to_regclass(format('%%I.%%I', m.table_schema, m.name))))
        ) AND (
            l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
            OR %(rows)s AND n.nspname <> 'denorm' AND l.mode IN ('RowShareLock', 'RowExclusiveLock')))
ORDER BY a.xact_start LIMIT 1;
