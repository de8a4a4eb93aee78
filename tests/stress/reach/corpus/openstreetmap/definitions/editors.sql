-- key: editor
-- seen: https://github.com/openstreetmap/openstreetmap-website/blob/master/script/statistics
-- large: changesets, changeset_tags
SELECT split_part(split_part(t.v, '/', 1), ' ', 1) AS editor, count(DISTINCT c.user_id) AS users, sum(c.num_changes) AS changes
FROM changeset_tags t JOIN changesets c ON c.id = t.changeset_id
WHERE t.k = 'created_by' GROUP BY 1
