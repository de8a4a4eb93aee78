-- key: userId, dow, hour
-- seen: https://github.com/calcom/cal.com/blob/main/packages/features/insights/server/events.ts
-- large: Booking
SELECT b."userId", extract(dow FROM b."startTime" AT TIME ZONE 'UTC' AT TIME ZONE u."timeZone")::int AS dow, extract(hour FROM b."startTime" AT TIME ZONE 'UTC' AT TIME ZONE u."timeZone")::int AS hour, count(*) AS bookings
FROM "Booking" b JOIN users u ON u.id = b."userId"
WHERE b.status = 'accepted'
GROUP BY 1, 2, 3
