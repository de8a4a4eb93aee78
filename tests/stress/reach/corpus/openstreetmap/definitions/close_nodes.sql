-- key: id
-- seen: https://github.com/openstreetmap/openstreetmap-website/blob/master/app/models/node.rb
-- large: current_nodes
SELECT a.id, count(*) AS neighbours, min(abs(a.latitude - b.latitude) + abs(a.longitude - b.longitude)) AS nearest
FROM current_nodes a JOIN current_nodes b ON b.tile = a.tile AND b.id <> a.id AND b.visible
WHERE a.visible GROUP BY a.id
