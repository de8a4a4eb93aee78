-- key: user_id
-- seen: https://github.com/discourse/discourse/blob/main/app/models/user_stat.rb
-- large: posts, topics, user_actions
WITH p AS (SELECT user_id, count(*) AS post_count, min(created_at) AS first_post FROM posts WHERE deleted_at IS NULL AND post_number > 1 GROUP BY user_id),
    t AS (SELECT user_id, count(*) AS topic_count FROM topics WHERE deleted_at IS NULL AND archetype <> 'private_message' GROUP BY user_id),
    likes AS (SELECT user_id, count(*) FILTER (WHERE action_type = 1) AS given, count(*) FILTER (WHERE action_type = 2) AS received FROM user_actions GROUP BY user_id)
SELECT u.id AS user_id, coalesce(p.post_count, 0) AS post_count, coalesce(t.topic_count, 0) AS topic_count,
    coalesce(likes.given, 0) AS likes_given, coalesce(likes.received, 0) AS likes_received, p.first_post
FROM users u LEFT JOIN p ON p.user_id = u.id LEFT JOIN t ON t.user_id = u.id LEFT JOIN likes ON likes.user_id = u.id
