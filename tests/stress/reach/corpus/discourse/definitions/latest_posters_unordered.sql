-- key: topic_id
-- seen: https://github.com/discourse/discourse/blob/main/app/models/topic_posters_summary.rb
-- large: posts
-- undeterministic: array_agg without ORDER BY depends on the order in which rows are read
SELECT topic_id, array_agg(user_id) AS posters FROM posts WHERE deleted_at IS NULL GROUP BY topic_id
