-- key: namespace_id
-- seen: https://github.com/gitlabhq/gitlabhq/blob/master/app/models/namespaces/traversal/linear.rb
-- large: projects
SELECT a.ancestor_id AS namespace_id, count(p.id) AS projects, max(p.last_activity_at) AS last_activity_at
FROM namespaces n CROSS JOIN unnest(n.traversal_ids) AS a(ancestor_id) JOIN projects p ON p.namespace_id = n.id
GROUP BY a.ancestor_id
