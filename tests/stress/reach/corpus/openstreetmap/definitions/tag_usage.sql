-- key: k, v
-- seen: https://github.com/taginfo/taginfo
-- large: current_node_tags, current_way_tags
SELECT k, v, count(*) AS all, count(*) FILTER (WHERE type = 'n') AS nodes, count(*) FILTER (WHERE type = 'w') AS ways
FROM (SELECT 'n' AS type, k, v FROM current_node_tags UNION ALL SELECT 'w', k, v FROM current_way_tags) AS tags
GROUP BY k, v
