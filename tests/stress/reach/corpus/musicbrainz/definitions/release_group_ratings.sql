-- key: release_group
-- seen: https://github.com/metabrainz/musicbrainz-server/blob/master/admin/sql/CreateFunctions.sql
-- large: release_group_rating_raw
SELECT rg.id AS release_group, r.rating, r.rating_count, (SELECT min(e.date_year) FROM release rl JOIN release_event e ON e.release = rl.id WHERE rl.release_group = rg.id) AS first_year
FROM release_group rg LEFT JOIN (SELECT release_group, trunc((sum(rating)::numeric / count(rating)) + 0.5) AS rating, count(rating) AS rating_count FROM release_group_rating_raw GROUP BY release_group) r ON r.release_group = rg.id
