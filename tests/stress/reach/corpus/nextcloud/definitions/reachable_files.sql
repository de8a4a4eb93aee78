-- key: uid, file_source
-- seen: https://github.com/nextcloud/server/blob/master/lib/private/Share20/DefaultShareProvider.php
-- large: oc_share, oc_group_user
SELECT s.share_with AS uid, s.file_source FROM oc_share s WHERE s.share_type = 0 AND s.accepted = 1 AND s.file_source IS NOT NULL
UNION
SELECT g.uid, s.file_source FROM oc_share s JOIN oc_group_user g ON g.gid = s.share_with WHERE s.share_type = 1 AND s.file_source IS NOT NULL
