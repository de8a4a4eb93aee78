-- load of a set
SELECT d."user_id", array_agg(d."Item" ORDER BY d."Item") FROM (SELECT user_id, "Item" FROM likes WHERE note LIKE '%x'
) AS d
WHERE d."user_id" = ANY (%(owners)s::bigint[]) AND d."Item" IS NOT NULL
GROUP BY d."user_id";

-- load of a count
SELECT d."id", d."n"::bigint, now.snapshot
FROM (SELECT pg_current_snapshot()::text AS snapshot) AS now
LEFT JOIN (SELECT * FROM (SELECT id, count(*) AS n FROM likes GROUP BY id
) AS d
    WHERE d."id" = ANY (%(owners)s::bigint[])) AS d ON true;

-- matching
SELECT d."Item" FROM (SELECT user_id, "Item" FROM likes WHERE note LIKE '%x'
) AS d
WHERE d."user_id" = %(owner)s::bigint AND d."Item" = ANY (%(members)s::uuid[]);

-- write
WITH written AS (
INSERT INTO app.likes VALUES (%(owner)s, %(member)s) ON CONFLICT DO NOTHING
RETURNING 1)
SELECT count(*), pg_current_xact_id_if_assigned()::text::bigint FROM written;

-- owners of the definition
SELECT DISTINCT d."user_id" AS owner FROM (SELECT user_id, "Item" FROM likes WHERE note LIKE '%x'
) AS d WHERE d."user_id" IS NOT NULL
    AND (%(first)s::bigint IS NULL OR d."user_id" >= %(first)s::bigint)
    AND (%(after)s::bigint IS NULL OR d."user_id" > %(after)s::bigint)
    AND (%(up_to)s::bigint IS NULL OR d."user_id" <= %(up_to)s::bigint)
ORDER BY owner LIMIT %(at_most)s;

-- owners of a table
SELECT DISTINCT d."id" AS owner FROM "app"."items" AS d WHERE d."id" IS NOT NULL
    AND (%(first)s::bigint IS NULL OR d."id" >= %(first)s::bigint)
    AND (%(after)s::bigint IS NULL OR d."id" > %(after)s::bigint)
    AND (%(up_to)s::bigint IS NULL OR d."id" <= %(up_to)s::bigint)
ORDER BY owner LIMIT %(at_most)s;
