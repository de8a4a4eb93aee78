-- key: userId
-- seen: https://github.com/griffio/sqldelight-postgres-temporal-ranges/blob/main/README.md
-- seen: https://github.com/calcom/cal.com/blob/main/packages/features/busyTimes/services/getBusyTimes.ts
-- large: Booking
SELECT b."userId", range_agg(tsrange(b."startTime", b."endTime")) AS busy, tsmultirange(tsrange('2026-01-12 08:00', '2026-01-12 18:00')) - range_agg(tsrange(b."startTime", b."endTime")) AS free_monday
FROM "Booking" b
WHERE b.status IN ('accepted', 'pending') AND b."userId" IS NOT NULL AND b."startTime" < b."endTime"
GROUP BY b."userId"
