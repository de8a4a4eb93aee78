-- key: user_id, season, number
-- seen: https://github.com/vipulnaik/contractwork
-- large: pick_settlement
SELECT u.id AS user_id, w.season, w.number, coalesce(sum(p.points), 0) AS points, sum(coalesce(sum(p.points), 0)) OVER (PARTITION BY u.id, w.season ORDER BY w.number) AS total
FROM users u CROSS JOIN weeks w LEFT JOIN LATERAL (
    SELECT sum(ps.points_delta) AS points FROM pick_settlement ps JOIN games g ON g.id = ps.game_id WHERE ps.user_id = u.id AND g.week_id = w.id
) p ON true
GROUP BY u.id, w.season, w.number
