-- ensure_row --
INSERT INTO denorm.range_progress (model_id, key) VALUES (%(model_id)s, %(key)s) ON CONFLICT DO NOTHING;

-- acquire --
UPDATE denorm.range_progress AS p
SET lease_token = p.lease_token + 1,
    lease_holder = %(holder)s,
    lease_expires_at = clock_timestamp() + make_interval(secs => %(seconds)s)
FROM denorm.read_model AS m
WHERE m.id = p.model_id AND p.model_id = %(model_id)s AND p.key = %(key)s
    -- One that expires later than any that is renewed now is of before the clock was set back.
    AND (p.lease_expires_at IS NULL OR p.lease_expires_at <= clock_timestamp()
        OR p.lease_expires_at > clock_timestamp() + make_interval(secs => %(seconds)s))
RETURNING p.lease_token AS token,
    CASE WHEN p.cursor_version = m.code_version THEN p.cursor_id END AS cursor_id,
    m.code_version;

-- owner --
SELECT p.lease_holder AS holder,
    coalesce(p.lease_expires_at > clock_timestamp(), false) AS held,
    CASE WHEN p.done_version = m.code_version THEN p.done_at END AS done_at,
    p.lease_token AS token
FROM denorm.range_progress AS p
JOIN denorm.read_model AS m ON m.id = p.model_id
WHERE p.model_id = %(model_id)s AND p.key = %(key)s;

-- renew --
UPDATE denorm.range_progress
SET lease_expires_at = clock_timestamp() + make_interval(secs => %(seconds)s)
WHERE model_id = %(model_id)s AND key = %(key)s AND lease_token = %(token)s AND lease_holder IS NOT NULL;

-- release --
UPDATE denorm.range_progress
SET lease_holder = NULL, lease_expires_at = NULL
WHERE model_id = %(model_id)s AND key = %(key)s AND lease_token = %(token)s;

-- finish_ranges --
-- All of them at once, after a rebuild: whoever works on one loses it.
INSERT INTO denorm.range_progress AS p (model_id, key, row_count, checksum, done_at, done_version)
SELECT %(model_id)s, f.key, f.row_count, f.checksum, clock_timestamp(), %(code_version)s
FROM unnest(%(keys)s::text[], %(row_counts)s::bigint[], %(checksums)s::text[]) AS f (key, row_count, checksum)
ON CONFLICT (model_id, key) DO UPDATE SET
    row_count = excluded.row_count,
    checksum = excluded.checksum,
    done_at = excluded.done_at,
    done_version = excluded.done_version,
    done_launch = NULL,
    cursor_id = NULL,
    cursor_version = NULL,
    lease_token = p.lease_token + 1,
    lease_holder = NULL,
    lease_expires_at = NULL;

-- begin_range --
UPDATE denorm.range_progress
SET batches = 0, rows_written = 0, rows_removed = 0, seconds = 0
WHERE model_id = %(model_id)s AND key = %(key)s AND lease_token = %(token)s;

-- record_batch --
UPDATE denorm.range_progress
SET cursor_id = %(cursor_id)s,
    cursor_version = %(code_version)s,
    done_version = NULL,
    batches = batches + 1,
    rows_written = rows_written + %(rows_written)s,
    rows_removed = rows_removed + %(rows_removed)s,
    seconds = seconds + %(seconds)s
WHERE model_id = %(model_id)s AND key = %(key)s AND lease_token = %(token)s;

-- record_partial_batch --
UPDATE denorm.range_progress
SET batches = batches + 1,
    rows_written = rows_written + %(rows_written)s,
    rows_removed = rows_removed + %(rows_removed)s,
    seconds = seconds + %(seconds)s
WHERE model_id = %(model_id)s AND key = %(key)s AND lease_token = %(token)s;

-- record_done --
UPDATE denorm.range_progress
SET cursor_id = NULL,
    cursor_version = NULL,
    row_count = %(row_count)s,
    checksum = %(checksum)s,
    seconds = seconds + %(seconds)s,
    done_at = clock_timestamp(),
    done_version = %(code_version)s,
    done_launch = %(launch)s
WHERE model_id = %(model_id)s AND key = %(key)s AND lease_token = %(token)s
RETURNING batches, rows_written, rows_removed, seconds, done_at;
