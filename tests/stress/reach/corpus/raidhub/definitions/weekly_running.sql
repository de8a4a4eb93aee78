-- key: raid_id, week
-- seen: https://github.com/Raid-Hub/RaidHub-API/blob/main/prisma/schema.prisma
-- large: activity
SELECT raid_id, week, clears, sum(clears) OVER (PARTITION BY raid_id ORDER BY week) AS total, clears - lag(clears, 1, 0::bigint) OVER (PARTITION BY raid_id ORDER BY week) AS change,
    avg(clears) OVER (PARTITION BY raid_id ORDER BY week ROWS BETWEEN 3 PRECEDING AND CURRENT ROW) AS moving
FROM (SELECT raid_id, date_trunc('week', date_completed AT TIME ZONE 'UTC' - interval '41 hours') AS week, count(*) AS clears FROM activity WHERE completed GROUP BY 1, 2) w
