-- key: user_id, kind
-- seen: https://github.com/discourse/discourse/blob/main/app/models/user_action.rb
-- large: posts, topics, user_badges
SELECT e.user_id, e.kind, count(*) AS events, max(e.at) AS latest
FROM (
    SELECT user_id, 'post' AS kind, created_at AS at FROM posts WHERE deleted_at IS NULL
    UNION ALL SELECT user_id, 'topic', created_at FROM topics WHERE deleted_at IS NULL
    UNION ALL SELECT user_id, 'badge', granted_at FROM user_badges
) e
WHERE e.user_id IS NOT NULL
GROUP BY e.user_id, e.kind
