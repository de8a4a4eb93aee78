-- key: parent
-- seen: https://github.com/nextcloud/server/blob/master/lib/private/Files/Cache/Cache.php
-- large: oc_filecache
SELECT p.fileid AS parent, p.storage, COUNT(c.fileid) AS children, COALESCE(SUM(c.size), 0) AS size, MAX(c.mtime) AS mtime
FROM oc_filecache p LEFT JOIN oc_filecache c ON c.parent = p.fileid
WHERE p.mimetype = 2
GROUP BY p.fileid, p.storage
