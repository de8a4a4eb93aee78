-- key: user_id
-- seen: https://github.com/discourse/discourse/blob/main/app/models/directory_item.rb
-- large: user_actions, posts, topics, user_visits
-- time: yes
WITH x AS (
    SELECT u.id AS user_id,
        SUM(CASE WHEN p.id IS NOT NULL AND t.id IS NOT NULL AND ua.action_type = 2 THEN 1 ELSE 0 END) AS likes_received,
        SUM(CASE WHEN p.id IS NOT NULL AND t.id IS NOT NULL AND ua.action_type = 1 THEN 1 ELSE 0 END) AS likes_given,
        (SELECT COUNT(*) FROM user_visits v WHERE v.user_id = u.id AND v.visited_at > current_date - 30) AS days_visited
    FROM users AS u
    LEFT OUTER JOIN user_actions AS ua ON ua.user_id = u.id
    LEFT OUTER JOIN posts AS p ON ua.target_post_id = p.id AND p.deleted_at IS NULL AND p.post_type = 1 AND NOT p.hidden
    LEFT OUTER JOIN topics AS t ON ua.target_topic_id = t.id AND t.archetype <> 'private_message' AND t.deleted_at IS NULL
    WHERE u.active AND u.silenced_till IS NULL AND u.id > 0
    GROUP BY u.id
)
SELECT * FROM x WHERE likes_received + likes_given + days_visited > 0
