-- key: id
-- seen: https://github.com/calcom/cal.com/blob/main/packages/prisma/migrations/20250226131637_update_booking_time_status_view/migration.sql
-- large: Booking, EventType
SELECT b.id, b.uid, b."eventTypeId", et.title AS "eventLength", COALESCE(et."teamId", p."teamId") AS "teamId", COALESCE(et."userId", b."userId", -1) AS "ownerId",
    CASE WHEN b.rating IS NULL THEN 'unrated' WHEN b.rating >= 4 THEN 'good' ELSE 'bad' END AS "ratingBand",
    CASE WHEN b."fromReschedule" IS NOT NULL THEN 'rescheduled' WHEN b.status = 'cancelled' THEN 'cancelled' WHEN b."endTime" < b."createdAt" THEN 'late' ELSE 'completed' END AS "timeStatus"
FROM "Booking" b LEFT JOIN "EventType" et ON b."eventTypeId" = et.id LEFT JOIN "EventType" p ON et."parentId" = p.id
