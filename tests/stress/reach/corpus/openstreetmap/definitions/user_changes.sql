-- key: user_id
-- seen: https://github.com/openstreetmap/openstreetmap-website/blob/master/app/models/changeset.rb
-- large: changesets
SELECT u.id AS user_id, u.display_name, count(c.id) AS changesets, sum(c.num_changes) AS changes, min(c.created_at) AS first, max(c.closed_at) AS last, max(c.max_lat) - min(c.min_lat) AS span
FROM users u LEFT JOIN changesets c ON c.user_id = u.id GROUP BY u.id
