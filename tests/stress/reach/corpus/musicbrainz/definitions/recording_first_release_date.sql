-- key: recording
-- seen: https://github.com/metabrainz/musicbrainz-server/blob/master/admin/sql/CreateMirrorOnlyTriggers.sql
-- large: track, medium, release_country
SELECT t.recording, min(e.date_year) AS year
FROM track t JOIN medium m ON m.id = t.medium JOIN release_event e ON e.release = m.release
GROUP BY t.recording
