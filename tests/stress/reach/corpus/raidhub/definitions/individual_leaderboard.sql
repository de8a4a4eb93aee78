-- key: raid_id, membership_id
-- seen: https://github.com/Raid-Hub/RaidHub-API/blob/main/prisma/migrations/4_materialized-views/migration.sql
-- large: player_stats
SELECT membership_id, raid_id, clears,
    ROW_NUMBER() OVER (PARTITION BY raid_id ORDER BY clears DESC, membership_id ASC) AS clears_position,
    RANK() OVER (PARTITION BY raid_id ORDER BY clears DESC) AS clears_rank, fresh_clears,
    ROW_NUMBER() OVER (PARTITION BY raid_id ORDER BY fresh_clears DESC, membership_id ASC) AS fresh_clears_position,
    RANK() OVER (PARTITION BY raid_id ORDER BY fresh_clears DESC) AS fresh_clears_rank
FROM player_stats WHERE clears > 0
