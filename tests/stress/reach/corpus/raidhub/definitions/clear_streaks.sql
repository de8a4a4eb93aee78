-- key: membership_id, started_with
-- seen: https://cheatsheet.today/s/sql-window-functions-dedup-gaps-islands
-- large: player_activity, activity
WITH runs AS (
    SELECT pa.membership_id, a.instance_id, a.completed AND pa.finished_raid AS cleared,
        row_number() OVER (PARTITION BY pa.membership_id ORDER BY a.date_completed, a.instance_id) - row_number() OVER (PARTITION BY pa.membership_id, a.completed AND pa.finished_raid ORDER BY a.date_completed, a.instance_id) AS island
    FROM player_activity pa JOIN activity a USING (instance_id)
)
SELECT membership_id, min(instance_id) AS started_with, count(*) AS length FROM runs WHERE cleared GROUP BY membership_id, island HAVING count(*) >= 2
