-- key: artist, tag
-- seen: https://github.com/metabrainz/musicbrainz-server/blob/master/admin/sql/CreateFunctions.sql
-- large: artist_tag_raw
SELECT r.artist, r.tag, t.name, sum(CASE WHEN is_upvote THEN 1 ELSE -1 END) AS count
FROM artist_tag_raw r JOIN tag t ON t.id = r.tag
GROUP BY r.artist, r.tag, t.name
HAVING sum(CASE WHEN is_upvote THEN 1 ELSE -1 END) > 0
