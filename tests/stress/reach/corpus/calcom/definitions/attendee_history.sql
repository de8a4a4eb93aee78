-- key: email
-- seen: https://github.com/calcom/cal.com/blob/main/packages/features/insights/server/trpc-router.ts
-- large: Attendee, Booking
SELECT lower(a.email) AS email, count(DISTINCT b.id) AS bookings, count(*) FILTER (WHERE a."noShow") AS no_shows, min(b."startTime") AS first_visit,
    max(b."startTime") AS last_visit, age(max(b."startTime"), min(b."startTime")) AS span, (array_agg(a.name ORDER BY b."startTime" DESC, a.id DESC))[1] AS name
FROM "Attendee" a JOIN "Booking" b ON b.id = a."bookingId" AND b.status <> ALL (ARRAY['cancelled', 'rejected']::"BookingStatus"[])
GROUP BY lower(a.email)
