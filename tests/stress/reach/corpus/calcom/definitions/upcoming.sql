-- key: id
-- seen: https://github.com/calcom/cal.com/blob/main/packages/prisma/migrations/20230904144847_update_booking_time_status_view/migration.sql
-- large: Booking
-- time: yes
SELECT "Booking".id, "Booking"."eventTypeId",
    CASE
        WHEN "Booking".status = 'cancelled'::"BookingStatus" AND "Booking"."fromReschedule" IS NULL THEN 'cancelled'::text
        WHEN "Booking"."endTime" < now() THEN 'completed'::text
        WHEN "Booking"."endTime" > now() THEN 'uncompleted'::text
        ELSE NULL::text
    END AS "timeStatus"
FROM "Booking"
