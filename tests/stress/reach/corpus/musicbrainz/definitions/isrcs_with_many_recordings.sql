-- key: isrc, recording_id
-- seen: https://github.com/metabrainz/musicbrainz-server/blob/master/lib/MusicBrainz/Server/Report/ISRCsWithManyRecordings.pm
-- large: isrc, recording
SELECT i.isrc, recordingcount, r.id AS recording_id, r.name, r.length
FROM recording r
JOIN isrc i ON i.recording = r.id
JOIN (
    SELECT isrc, count(DISTINCT recording) AS recordingcount FROM isrc GROUP BY isrc HAVING count(DISTINCT recording) > 1
) t ON t.isrc = i.isrc
