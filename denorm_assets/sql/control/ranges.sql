-- list --
SELECT source, position, key, lo, hi FROM denorm.id_range
WHERE range_set = %(range_set)s
ORDER BY source, position;

-- add --
INSERT INTO denorm.id_range (range_set, key, source, position, lo, hi)
VALUES (%(range_set)s, %(key)s, %(source)s, %(position)s, %(lo)s, %(hi)s)
ON CONFLICT DO NOTHING;

-- keys_in_order --
SELECT key FROM denorm.id_range WHERE range_set = %(range_set)s
ORDER BY created_at, source, position = 0, position;

-- progress --
SELECT r.key, r.source, p.row_count, p.checksum, p.seconds, p.batches, p.rows_written, p.rows_removed, p.done_at,
    coalesce(p.done_version = m.code_version, false) AS done,
    p.done_launch,
    coalesce(p.cursor_version = m.code_version, false) AS partly,
    CASE WHEN p.lease_expires_at > clock_timestamp() THEN p.lease_holder END AS holder,
    -- Its rows came while the read model was live, so that refreshes wrote them.
    coalesce(m.state = 'live' AND r.created_at > m.live_at, false) AS grown
FROM denorm.read_model AS m
JOIN denorm.id_range AS r USING (range_set)
LEFT JOIN denorm.range_progress AS p ON p.model_id = m.id AND p.key = r.key
WHERE m.id = %(model_id)s
ORDER BY r.position = 0, r.source, r.position;
