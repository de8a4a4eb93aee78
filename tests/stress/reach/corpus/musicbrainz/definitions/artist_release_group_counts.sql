-- key: artist, type
-- seen: https://github.com/metabrainz/musicbrainz-server/blob/master/admin/sql/CreateTables.sql
-- large: artist_credit_name, release_group
SELECT acn.artist, rg.type, count(DISTINCT rg.id) AS groups
FROM artist_credit_name acn
INNER JOIN release_group rg USING (artist_credit)
GROUP BY acn.artist, rg.type
