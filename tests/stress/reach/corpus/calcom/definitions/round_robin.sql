-- key: teamId, userId
-- seen: https://github.com/calcom/cal.com/blob/main/packages/lib/server/getLuckyUser.ts
-- large: Membership, Booking
SELECT m."teamId", m."userId", count(b.id) AS hosted, max(b."createdAt") AS last_booked,
    row_number() OVER (PARTITION BY m."teamId" ORDER BY count(b.id), max(b."createdAt") NULLS FIRST, m."userId") AS turn, ntile(3) OVER (PARTITION BY m."teamId" ORDER BY count(b.id), m."userId") AS third
FROM "Membership" m
LEFT JOIN ("Booking" b JOIN "EventType" e ON e.id = b."eventTypeId") ON b."userId" = m."userId" AND e."teamId" = m."teamId" AND b.status = 'accepted'
WHERE m.accepted
GROUP BY m."teamId", m."userId"
