-- extent of everything
SELECT (SELECT count(*) FROM "app"."items" WHERE true) AS row_count,
    (SELECT "id" FROM "app"."items" WHERE true AND "id" IS NOT NULL ORDER BY "id" LIMIT 1) AS smallest,
    (SELECT "id" FROM "app"."items" WHERE true AND "id" IS NOT NULL ORDER BY "id" DESC LIMIT 1) AS largest;

-- extent of the rest  lo=6
SELECT (SELECT count(*) FROM "app"."items" WHERE ("id" >= %(lo)s OR "id" IS NULL)) AS row_count,
    (SELECT "id" FROM "app"."items" WHERE ("id" >= %(lo)s OR "id" IS NULL) AND "id" IS NOT NULL ORDER BY "id" LIMIT 1) AS smallest,
    (SELECT "id" FROM "app"."items" WHERE ("id" >= %(lo)s OR "id" IS NULL) AND "id" IS NOT NULL ORDER BY "id" DESC LIMIT 1) AS largest;

-- quantiles of everything  rows=1000
SELECT DISTINCT id FROM (
    SELECT "id" AS id, row_number() OVER (ORDER BY "id") AS position
    FROM "app"."items" WHERE true AND "id" IS NOT NULL
) AS numbered
WHERE mod(position, %(rows)s) = 0 ORDER BY id;

-- quantiles of the rest  lo=6, rows=1000
SELECT DISTINCT id FROM (
    SELECT "id" AS id, row_number() OVER (ORDER BY "id") AS position
    FROM "app"."items" WHERE ("id" >= %(lo)s OR "id" IS NULL) AND "id" IS NOT NULL
) AS numbered
WHERE mod(position, %(rows)s) = 0 ORDER BY id;
