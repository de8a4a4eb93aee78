-- key: low_team, high_team
-- seen: https://github.com/openfootball/football.db
-- large: games
SELECT least(home_team_id, away_team_id) AS low_team, greatest(home_team_id, away_team_id) AS high_team, count(*) AS games,
    count(*) FILTER (WHERE CASE WHEN home_team_id < away_team_id THEN home_score > away_score ELSE away_score > home_score END) AS low_wins, max(kickoff) AS last
FROM games WHERE num_nulls(home_score, away_score) = 0
GROUP BY 1, 2
