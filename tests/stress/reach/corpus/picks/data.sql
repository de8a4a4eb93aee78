INSERT INTO users SELECT md5('u' || n)::uuid, 'Player ' || n FROM generate_series(1, 14) AS n;
INSERT INTO teams SELECT n, 'Team ' || n, CASE WHEN n % 5 > 0 THEN 'T' || n END, (ARRAY['East', 'West', NULL])[n % 3 + 1] FROM generate_series(1, 12) AS n;
INSERT INTO weeks SELECT s * 100 + w, 2024 + s, w, w <> 4 FROM generate_series(0, 1) AS s, generate_series(1, 8) AS w;
INSERT INTO games SELECT row_number() OVER (ORDER BY w.id, h), w.id, h, (h + w.number - 1) % 12 + 1 + CASE WHEN (h + w.number - 1) % 12 + 1 = h THEN 1 ELSE 0 END, CASE WHEN w.id < 107 THEN (h * w.number) % 31 END, CASE WHEN w.id < 107 THEN (h * 5 + w.number) % 28 END, timestamptz '2025-09-01Z' + w.id * interval '1 day' + h * interval '1 hour'
FROM weeks AS w, generate_series(1, 11, 2) AS h;
INSERT INTO picks SELECT row_number() OVER (ORDER BY u.id, g.id), u.id, g.id, CASE WHEN (g.id * length(u.display_name) + g.home_score) % 3 > 0 THEN g.home_team_id ELSE g.away_team_id END, g.id % 6 FROM users AS u, games AS g WHERE (ascii(u.id::text) + g.id) % 4 > 0;
INSERT INTO pick_settlement SELECT ascii(p.user_id::text) % 3, p.user_id, p.game_id, CASE WHEN p.id % 17 > 0 THEN p.id END,
    CASE WHEN g.home_score = g.away_score THEN 'push' WHEN (g.home_score > g.away_score) = (p.picked_team_id = g.home_team_id) THEN 'win' ELSE 'loss' END::outcome, CASE WHEN g.home_score > g.away_score THEN 3 ELSE -1 END
FROM picks AS p JOIN games AS g ON g.id = p.game_id WHERE g.home_score IS NOT NULL;
