-- key: status_id
-- seen: https://github.com/mastodon/mastodon/blob/main/app/models/status_stat.rb
-- large: statuses, favourites
SELECT s.id AS status_id, count(DISTINCT r.id) AS replies_count, count(DISTINCT b.id) AS reblogs_count, count(DISTINCT f.id) AS favourites_count
FROM statuses s
LEFT JOIN statuses r ON r.in_reply_to_id = s.id AND r.visibility IN (0, 1)
LEFT JOIN statuses b ON b.reblog_of_id = s.id
LEFT JOIN favourites f ON f.status_id = s.id
GROUP BY s.id
