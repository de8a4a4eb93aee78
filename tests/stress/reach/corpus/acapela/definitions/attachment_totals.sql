-- key: owner_type, topic_id
-- seen: https://github.com/rails/rails/blob/main/activestorage/app/models/active_storage/attachment.rb
-- large: attachment, message
SELECT a.owner_type, coalesce(m.topic_id, t.id) AS topic_id, count(*) AS files, sum(a.size) AS bytes, count(*) FILTER (WHERE a.mime_type ILIKE 'image/%') AS images
FROM attachment a
LEFT JOIN message m ON a.owner_type = 'message' AND m.id::text = a.owner_id
LEFT JOIN topic t ON a.owner_type = 'topic' AND t.id::text = a.owner_id
GROUP BY a.owner_type, coalesce(m.topic_id, t.id)
