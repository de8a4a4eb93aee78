-- key: userId, slot
-- seen: https://github.com/calcom/cal.com/blob/main/packages/lib/slots.ts
-- large: Booking
SELECT DISTINCT u.id AS "userId", s.slot
FROM users u
JOIN "Availability" av ON av."userId" = u.id AND av.date IS NULL
CROSS JOIN generate_series(date '2026-01-05', date '2026-01-18', interval '1 day') AS d(day)
CROSS JOIN LATERAL generate_series(d.day + av."startTime", d.day + av."endTime" - interval '30 minutes', interval '30 minutes') AS s(slot)
WHERE extract(dow FROM d.day)::int = ANY (av.days)
    AND NOT EXISTS (SELECT 1 FROM "Booking" b WHERE b."userId" = u.id AND b.status = 'accepted' AND b."startTime" < s.slot + interval '30 minutes' AND b."endTime" > s.slot)
    AND NOT EXISTS (SELECT 1 FROM "OutOfOffice" o WHERE o."userId" = u.id AND o.period @> s.slot::date)
    AND d.day::date NOT IN (SELECT day FROM holidays)
