-- key: topic_id
-- seen: https://github.com/discourse/discourse/blob/main/app/models/topic.rb
-- large: posts, topics
SELECT t.id AS topic_id, t.title, count(p.*) AS posts_count, max(p.post_number) AS highest_post_number,
    max(p.created_at) AS last_posted_at, count(DISTINCT p.user_id) AS participant_count
FROM topics t LEFT JOIN posts p ON p.topic_id = t.id AND p.deleted_at IS NULL AND p.post_type = 1
WHERE t.deleted_at IS NULL
GROUP BY t.id, t.title
