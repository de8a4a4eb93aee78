-- note --
INSERT INTO denorm.declaration AS d (system, version, whole_version, number)
SELECT %(system)s, %(version)s, %(whole_version)s, coalesce(max(number), 0) + 1
FROM denorm.declaration WHERE system = %(system)s
ON CONFLICT (system, version, whole_version) DO UPDATE SET number = excluded.number, applied_at = excluded.applied_at
WHERE d.number < excluded.number - 1;

-- superseded --
-- Those of the given systems whose declaration was applied once, and another one later.
SELECT mine.system, newest.applied_at
FROM unnest(%(systems)s::text[], %(versions)s::text[], %(whole_versions)s::text[]) AS mine (system, version, whole_version)
CROSS JOIN LATERAL (
    SELECT d.version, d.whole_version, d.applied_at FROM denorm.declaration AS d
    WHERE d.system = mine.system ORDER BY d.number DESC LIMIT 1
) AS newest
WHERE EXISTS (
    SELECT FROM denorm.declaration AS d WHERE d.system = mine.system AND d.version = mine.version
        AND (NOT %(whole)s OR d.whole_version = mine.whole_version))
    AND (newest.version <> mine.version OR %(whole)s AND newest.whole_version <> mine.whole_version);
