-- key: game_id
-- seen: https://github.com/search?q=%22create+materialized+view+public.stats_team_book_alltime%22&type=code
-- large: picks, games
SELECT g.id AS game_id, h.name AS home, a.name AS away, c.team_id AS favourite, c.share,
    CASE WHEN g.home_score IS NULL OR g.away_score IS NULL THEN NULL WHEN g.home_score = g.away_score THEN false ELSE (c.team_id = g.home_team_id) = (g.home_score > g.away_score) END AS was_right
FROM games g JOIN teams h ON h.id = g.home_team_id JOIN teams a ON a.id = g.away_team_id
LEFT JOIN LATERAL (
    SELECT p.picked_team_id AS team_id, round(count(*)::numeric / sum(count(*)) OVER (), 3) AS share FROM picks p WHERE p.game_id = g.id GROUP BY p.picked_team_id ORDER BY count(*) DESC, p.picked_team_id FETCH FIRST ROW ONLY
) c ON true
