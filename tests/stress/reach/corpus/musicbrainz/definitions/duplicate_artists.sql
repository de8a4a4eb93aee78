-- key: id
-- seen: https://github.com/metabrainz/musicbrainz-server/blob/master/lib/MusicBrainz/Server/Report/DuplicateArtists.pm
-- large: artist
SELECT a.id, a.name, a.comment
FROM artist a
WHERE EXISTS (SELECT 1 FROM artist b WHERE lower(b.name) = lower(a.name) AND b.id <> a.id)
