-- key: id
-- seen: https://github.com/nextcloud/server/blob/master/apps/files_sharing/lib/ExpireSharesJob.php
-- large: oc_share
-- time: yes
SELECT s.id, s.uid_owner, s.file_source, f.path
FROM oc_share s LEFT JOIN oc_filecache f ON f.fileid = s.file_source
WHERE s.expiration <= LOCALTIMESTAMP
