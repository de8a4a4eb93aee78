-- key: season, team_id
-- seen: https://github.com/openfootball/football.db
-- large: games
WITH results AS (
    SELECT w.season, g.home_team_id AS team_id, g.home_score AS scored, g.away_score AS conceded, g.kickoff, g.id FROM games g JOIN weeks w ON w.id = g.week_id WHERE g.home_score IS NOT NULL AND g.away_score IS NOT NULL
    UNION ALL
    SELECT w.season, g.away_team_id, g.away_score, g.home_score, g.kickoff, g.id FROM games g JOIN weeks w ON w.id = g.week_id WHERE g.home_score IS NOT NULL AND g.away_score IS NOT NULL
), sums AS (
    SELECT season, team_id, count(*) AS played, sum(CASE WHEN scored > conceded THEN 3 WHEN scored = conceded THEN 1 ELSE 0 END) AS points, sum(scored - conceded) AS difference,
        right(string_agg(CASE sign(scored - conceded) WHEN 1 THEN 'W' WHEN 0 THEN 'D' ELSE 'L' END, '' ORDER BY kickoff, id, scored, conceded), 5) AS form
    FROM results GROUP BY season, team_id
)
SELECT s.*, t.name, t.division, rank() OVER (PARTITION BY season ORDER BY points DESC, difference DESC) AS position,
    rank() OVER (PARTITION BY season, t.division ORDER BY points DESC, difference DESC) AS in_division
FROM sums s JOIN teams t ON t.id = s.team_id
