-- key: membership_id
-- seen: https://github.com/Raid-Hub/RaidHub-API/blob/main/prisma/migrations/4_materialized-views/migration.sql
-- large: player_stats
SELECT membership_id, sum(clears) AS clears, rank() OVER (ORDER BY sum(clears) DESC) AS rank, ntile(10) OVER (ORDER BY sum(clears) DESC, membership_id) AS tier,
    round((cume_dist() OVER (ORDER BY sum(clears)))::numeric, 4) AS percentile
FROM player_stats GROUP BY membership_id HAVING sum(clears) > 0
