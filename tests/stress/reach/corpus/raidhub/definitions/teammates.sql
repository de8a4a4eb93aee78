-- key: player_a, player_b
-- seen: https://github.com/Raid-Hub/RaidHub-API/blob/main/prisma/schema.prisma
-- large: player_activity
SELECT least(a.membership_id, b.membership_id) AS player_a, greatest(a.membership_id, b.membership_id) AS player_b, count(*) AS together, sum(least(a.time_played_seconds, b.time_played_seconds)) AS seconds
FROM player_activity a JOIN player_activity b ON b.instance_id = a.instance_id AND b.membership_id > a.membership_id
GROUP BY least(a.membership_id, b.membership_id), greatest(a.membership_id, b.membership_id)
HAVING count(*) > 1
