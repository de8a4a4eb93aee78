-- key: uid_owner, target
-- seen: https://github.com/nextcloud/server/blob/master/lib/private/Share20/DefaultShareProvider.php
-- large: oc_share
SELECT uid_owner, coalesce(share_with, 'link') AS target, count(*) AS shares, bool_or(permissions & 2 > 0) AS editable
FROM oc_share GROUP BY uid_owner, coalesce(share_with, 'link')
