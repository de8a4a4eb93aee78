-- key: way_id
-- seen: https://github.com/openstreetmap/openstreetmap-website/blob/master/app/models/way.rb
-- large: current_way_nodes, current_nodes, current_ways
SELECT w.id AS way_id, array_agg(ARRAY[n.latitude, n.longitude] ORDER BY wn.sequence_id) AS line, count(*) AS points, (SELECT t.v FROM current_way_tags t WHERE t.way_id = w.id AND t.k = 'highway') AS highway
FROM current_ways w JOIN current_way_nodes wn ON wn.way_id = w.id JOIN current_nodes n ON n.id = wn.node_id
WHERE w.visible AND n.visible
GROUP BY w.id
