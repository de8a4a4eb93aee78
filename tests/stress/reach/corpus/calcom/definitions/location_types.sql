-- key: eventTypeId, type
-- seen: https://github.com/calcom/cal.com/blob/main/packages/app-store/locations.ts
-- large: EventType
SELECT e.id AS "eventTypeId", l.type, bool_or(l.address IS NOT NULL) AS has_address, count(*) AS n
FROM "EventType" e, jsonb_to_recordset(e.locations) AS l(type text, address text)
WHERE NOT e.hidden
GROUP BY e.id, l.type
