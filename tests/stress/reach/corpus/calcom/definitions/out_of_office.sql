-- key: userId
-- seen: https://github.com/calcom/cal.com/blob/main/packages/prisma/schema.prisma
-- large: OutOfOffice
SELECT u.id AS "userId", range_agg(o.period) AS away, range_agg(o.period) @> date '2026-01-12' AS away_on_monday,
    (SELECT sum(upper(r) - lower(r)) FROM unnest(range_agg(o.period) FILTER (WHERE NOT upper_inf(o.period))) AS r) AS days
FROM users u JOIN "OutOfOffice" o ON o."userId" = u.id
GROUP BY u.id
