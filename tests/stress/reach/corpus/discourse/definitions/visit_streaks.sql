-- key: user_id, first_day
-- seen: https://github.com/discourse/discourse/blob/main/lib/badge_queries.rb
-- large: user_visits
WITH consecutive_visits AS (
    SELECT user_id, visited_at, visited_at - (DENSE_RANK() OVER (PARTITION BY user_id ORDER BY visited_at))::int AS s FROM user_visits
)
SELECT user_id, MIN(visited_at) AS first_day, COUNT(*) AS days FROM consecutive_visits GROUP BY user_id, s
