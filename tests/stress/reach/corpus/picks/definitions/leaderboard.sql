-- key: group_id, season, user_id
-- seen: https://github.com/search?q=%22create+materialized+view+public.stats_team_book_alltime%22&type=code
-- large: pick_settlement
SELECT ps.group_id, w.season, ps.user_id, u.display_name, sum(ps.points_delta) AS points, max(ps.points_delta) AS best,
    sum(ps.points_delta) - max(sum(ps.points_delta)) OVER (PARTITION BY ps.group_id, w.season) AS behind,
    dense_rank() OVER (PARTITION BY ps.group_id, w.season ORDER BY sum(ps.points_delta) DESC) AS place
FROM pick_settlement ps JOIN games g ON g.id = ps.game_id JOIN weeks w ON w.id = g.week_id JOIN users u ON u.id = ps.user_id
GROUP BY ps.group_id, w.season, ps.user_id, u.display_name
