-- key: user_id
-- seen: https://cheatsheet.today/s/sql-window-functions-dedup-gaps-islands
-- large: pick_settlement
WITH ordered AS (
    SELECT ps.user_id, ps.outcome, g.kickoff, g.id, row_number() OVER (PARTITION BY ps.user_id ORDER BY g.kickoff DESC, g.id DESC, ps.group_id) AS n,
        first_value(ps.outcome) OVER (PARTITION BY ps.user_id ORDER BY g.kickoff DESC, g.id DESC, ps.group_id) AS latest
    FROM pick_settlement ps JOIN games g ON g.id = ps.game_id
)
SELECT user_id, latest, coalesce(min(n) FILTER (WHERE outcome <> latest) - 1, count(*)) AS length FROM ordered GROUP BY user_id, latest
