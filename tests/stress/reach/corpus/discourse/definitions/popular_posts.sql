-- key: post_id
-- seen: https://github.com/discourse/discourse/blob/main/lib/badge_queries.rb
-- large: posts, user_actions
SELECT p.id AS post_id, p.user_id, count(*) AS likes
FROM badge_posts p JOIN user_actions ua ON ua.target_post_id = p.id AND ua.action_type = 2
GROUP BY p.id, p.user_id
HAVING count(*) >= (SELECT value::int FROM site_settings WHERE name = 'min_likes')
