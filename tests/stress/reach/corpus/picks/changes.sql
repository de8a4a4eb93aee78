UPDATE games SET home_score = 20, away_score = 10 WHERE week_id = 107;
INSERT INTO pick_settlement SELECT 1, p.user_id, p.game_id, p.id, 'win', 2 FROM picks AS p JOIN games AS g ON g.id = p.game_id WHERE g.week_id = 107;
-- then --
UPDATE games SET home_score = away_score WHERE id % 11 = 0;
UPDATE pick_settlement SET outcome = 'push', points_delta = 0 WHERE game_id % 11 = 0;
-- then --
UPDATE picks SET picked_team_id = 3 WHERE picked_team_id = 4 AND confidence = 2;
DELETE FROM picks WHERE id % 23 = 0;
-- then --
UPDATE weeks SET is_scoring = NOT is_scoring WHERE number IN (4, 5);
-- then --
UPDATE teams SET division = 'East' WHERE division IS NULL;
UPDATE teams SET name = 'Renamed' WHERE id = 6;
DELETE FROM teams WHERE id = 12;
-- then --
UPDATE pick_settlement SET group_id = 7 WHERE group_id = 2 AND game_id % 2 = 0;
DELETE FROM pick_settlement WHERE outcome = 'loss' AND game_id % 5 = 0;
-- then --
UPDATE games SET home_team_id = away_team_id, away_team_id = home_team_id WHERE week_id = 3;
UPDATE games SET kickoff = kickoff - interval '40 days' WHERE id IN (20, 21, 22);
DELETE FROM games WHERE id IN (1, 2);
-- then --
DELETE FROM users WHERE display_name = 'Player 3';
INSERT INTO games VALUES (900, 107, 1, 2, 3, 3, '2026-02-01Z'), (901, 107, 2, 1, 7, NULL, '2026-02-02Z');
TRUNCATE picks;
INSERT INTO picks SELECT n, md5('u' || n)::uuid, n + 10, n % 12 + 1, n FROM generate_series(1, 14) AS n;
