-- key: medium
-- seen: https://github.com/metabrainz/musicbrainz-server/blob/master/admin/sql/CreateViews.sql
-- large: track
SELECT medium.id AS medium, array_agg(track.length ORDER BY track.position) FILTER (WHERE track.position > 0) AS track_lengths, sum(track.length) AS total
FROM medium JOIN track ON track.medium = medium.id
GROUP BY medium.id
