-- key: id
-- seen: https://github.com/metabrainz/musicbrainz-server/blob/master/admin/sql/CreateFunctions.sql
-- large: artist_credit_name
SELECT ac.id, ac.name AS stored, string_agg(acn.name || acn.join_phrase, '' ORDER BY acn.position) AS name, array_agg(a.gid ORDER BY acn.position) AS gids
FROM artist_credit ac JOIN artist_credit_name acn ON acn.artist_credit = ac.id JOIN artist a ON a.id = acn.artist
GROUP BY ac.id
