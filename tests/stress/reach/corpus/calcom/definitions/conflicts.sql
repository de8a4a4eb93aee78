-- key: first_id, second_id
-- seen: https://github.com/KermitClein/bookingpunktduh/blob/main/prisma/migrations/20250821130032_add_no_overlap_constraint/migration.sql
-- large: Booking
SELECT least(a.id, b.id) AS first_id, greatest(a.id, b.id) AS second_id, a."userId", tsrange(a."startTime", a."endTime") * tsrange(b."startTime", b."endTime") AS overlap
FROM "Booking" a JOIN "Booking" b ON b."userId" = a."userId" AND a.id < b.id AND (a."startTime", a."endTime") OVERLAPS (b."startTime", b."endTime")
WHERE a.status = 'accepted' AND b.status = 'accepted'
