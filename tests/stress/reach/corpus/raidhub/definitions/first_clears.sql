-- key: raid_id, place
-- seen: https://github.com/Raid-Hub/RaidHub-API/blob/main/prisma/migrations/4_materialized-views/migration.sql
-- large: activity, player_activity
SELECT r.id AS raid_id, r.name, t.place, t.instance_id, t.date_completed, array_agg(pa.membership_id ORDER BY pa.membership_id) FILTER (WHERE pa.finished_raid) AS fireteam
FROM raid_definition r
CROSS JOIN LATERAL (SELECT a.instance_id, a.date_completed, row_number() OVER (ORDER BY a.date_completed, a.instance_id) AS place FROM activity a WHERE a.raid_id = r.id AND a.completed ORDER BY a.date_completed, a.instance_id LIMIT 5) t
JOIN player_activity pa ON pa.instance_id = t.instance_id
WHERE NOT r.is_sunset
GROUP BY r.id, t.place, t.instance_id, t.date_completed
