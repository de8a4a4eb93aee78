-- key: id
-- seen: https://github.com/gitlabhq/gitlabhq/blob/master/lib/gitlab/object_hierarchy.rb
-- large: projects
WITH RECURSIVE tree AS (
    SELECT id, parent_id, id AS root_id, 1 AS depth FROM namespaces WHERE parent_id IS NULL
    UNION ALL
    SELECT n.id, n.parent_id, t.root_id, t.depth + 1 FROM namespaces n JOIN tree t ON n.parent_id = t.id
)
SELECT t.id, t.root_id, t.depth, count(p.id) AS projects
FROM tree t LEFT JOIN projects p ON p.namespace_id = t.id AND NOT p.archived
GROUP BY t.id, t.root_id, t.depth
