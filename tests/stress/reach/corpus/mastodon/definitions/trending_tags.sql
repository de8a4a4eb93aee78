-- key: tag_id
-- seen: https://github.com/mastodon/mastodon/blob/main/app/models/trends/tags.rb
-- large: statuses, statuses_tags
SELECT t.id AS tag_id, t.name, count(*) AS uses, count(DISTINCT s.account_id) AS accounts, min(s.created_at) AS first_use
FROM tags t JOIN statuses_tags st ON st.tag_id = t.id JOIN statuses s ON s.id = st.status_id
WHERE s.deleted_at IS NULL AND s.visibility = 0
GROUP BY t.id
HAVING count(DISTINCT s.account_id) > 1
