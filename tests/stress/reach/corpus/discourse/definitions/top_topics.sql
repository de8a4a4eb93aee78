-- key: topic_id
-- seen: https://github.com/discourse/discourse/blob/main/app/models/top_topic.rb
-- large: posts
-- time: yes
SELECT t.id AS topic_id, count(p.id) FILTER (WHERE p.created_at > now() - interval '1 year') AS yearly_posts,
    count(p.id) FILTER (WHERE p.created_at > now() - interval '3 months') AS quarterly_posts, count(p.id) AS all_posts
FROM topics t JOIN posts p ON p.topic_id = t.id WHERE t.visible GROUP BY t.id
