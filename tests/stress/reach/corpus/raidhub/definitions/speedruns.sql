-- key: raid_id, platform
-- seen: https://github.com/Raid-Hub/RaidHub-API/blob/main/prisma/migrations/4_materialized-views/migration.sql
-- large: activity
SELECT a.raid_id, coalesce(a.platform_type, 0) AS platform, min(a.instance_id) AS instance_id, a.duration
FROM activity a
WHERE a.completed AND a.duration <= ALL (SELECT b.duration FROM activity b WHERE b.completed AND b.raid_id = a.raid_id AND coalesce(b.platform_type, 0) = coalesce(a.platform_type, 0))
GROUP BY a.raid_id, coalesce(a.platform_type, 0), a.duration
