-- key: tile
-- seen: https://github.com/openstreetmap/openstreetmap-website/blob/master/db/structure.sql
-- large: current_nodes, notes
SELECT tile, sum(nodes) AS nodes, sum(notes) AS notes
FROM (SELECT tile, 1 AS nodes, 0 AS notes FROM current_nodes WHERE visible UNION ALL SELECT tile, 0, 1 FROM notes WHERE status = 'open') AS x
WHERE tile IS NOT NULL
GROUP BY tile
