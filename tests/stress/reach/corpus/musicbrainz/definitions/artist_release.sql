-- key: artist, release
-- seen: https://github.com/metabrainz/musicbrainz-server/blob/master/admin/sql/CreateFunctions.sql
-- large: release, track, artist_credit_name
SELECT artist, release, bool_or(is_track_artist) AS is_track_artist, bool_or(NOT is_track_artist) AS is_release_artist
FROM (
    SELECT FALSE AS is_track_artist, acn.artist, r.id AS release
    FROM release r JOIN artist_credit_name acn ON acn.artist_credit = r.artist_credit
    UNION ALL
    SELECT TRUE, acn.artist, m.release
    FROM track t JOIN medium m ON m.id = t.medium JOIN recording rec ON rec.id = t.recording JOIN artist_credit_name acn ON acn.artist_credit = rec.artist_credit
) x
GROUP BY artist, release
