-- key: extension
-- seen: https://github.com/nextcloud/server/blob/master/lib/private/Files/Search/SearchQuery.php
-- large: oc_filecache
SELECT lower(substring(name FROM '\.([^.]+)$')) AS extension, count(*) AS files, sum(size) AS size
FROM oc_filecache WHERE name LIKE '%.%' GROUP BY 1
