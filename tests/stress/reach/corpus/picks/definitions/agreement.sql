-- key: user_a, user_b
-- seen: https://github.com/search?q=%22CREATE+MATERIALIZED+VIEW+party_likeness_per_motion%22&type=code
-- large: picks
SELECT a.user_id AS user_a, b.user_id AS user_b, count(*) AS common, count(*) FILTER (WHERE a.picked_team_id = b.picked_team_id) AS same, round(avg((a.picked_team_id = b.picked_team_id)::int), 3) AS likeness
FROM picks a JOIN picks b ON a.game_id = b.game_id AND a.user_id < b.user_id
GROUP BY a.user_id, b.user_id
