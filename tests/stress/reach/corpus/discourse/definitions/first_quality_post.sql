-- key: user_id
-- seen: https://github.com/discourse/discourse/blob/main/lib/badge_queries.rb
-- large: posts
SELECT DISTINCT ON (p.user_id) p.user_id, p.id AS post_id, p.created_at AS granted_at
FROM badge_posts p
WHERE p.user_id IS NOT NULL AND length(p.raw) > 3
ORDER BY p.user_id, p.created_at, p.id
