-- key: category_id, day
-- seen: https://github.com/discourse/discourse/blob/main/app/models/report.rb
-- large: posts, topics
SELECT t.category_id, p.created_at::date AS day, count(*) AS posts, count(DISTINCT p.user_id) AS posters
FROM posts p JOIN topics t ON t.id = p.topic_id
WHERE p.deleted_at IS NULL AND t.category_id IS NOT NULL
GROUP BY t.category_id, p.created_at::date
