-- key: uid
-- seen: https://github.com/calcom/cal.com/blob/main/packages/lib/server/repository/booking.ts
-- large: Booking
WITH RECURSIVE chain AS (
    SELECT id, uid, uid AS first_uid, 0 AS moves, ARRAY[id] AS path FROM "Booking" WHERE "fromReschedule" IS NULL
    UNION ALL
    SELECT b.id, b.uid, c.first_uid, c.moves + 1, c.path || b.id FROM "Booking" b JOIN chain c ON b."fromReschedule" = c.uid WHERE NOT b.id = ANY (c.path)
)
SELECT uid, first_uid, moves, path FROM chain
