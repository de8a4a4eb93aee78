-- key: organizationId
-- seen: https://github.com/calcom/cal.com/blob/main/packages/lib/server/repository/team.ts
-- large: Membership
SELECT o.id AS "organizationId", o.name, count(DISTINCT t.id) AS teams, count(DISTINCT m."userId") FILTER (WHERE m.accepted) AS members,
    string_agg(DISTINCT u.username, ', ' ORDER BY u.username) AS names
FROM "Team" o LEFT JOIN "Team" t ON t."parentId" = o.id LEFT JOIN "Membership" m ON m."teamId" IN (o.id, t.id) LEFT JOIN users u ON u.id = m."userId"
WHERE o."isOrganization"
GROUP BY o.id
