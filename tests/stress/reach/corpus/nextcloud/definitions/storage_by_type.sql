-- key: storage, mimepart
-- seen: https://github.com/nextcloud/serverinfo
-- large: oc_filecache
SELECT f.storage, split_part(m.mimetype, '/', 1) AS mimepart, count(*) AS files, sum(f.size) AS bytes
FROM oc_filecache f JOIN oc_mimetypes m ON m.id = f.mimetype
WHERE m.mimetype <> 'httpd/unix-directory'
GROUP BY f.storage, split_part(m.mimetype, '/', 1)
