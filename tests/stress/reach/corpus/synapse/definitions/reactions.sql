-- key: relates_to_id
-- seen: https://github.com/element-hq/synapse/blob/develop/synapse/storage/databases/main/relations.py
-- large: event_relations, events
SELECT relates_to_id, json_agg(json_build_object('key', aggregation_key, 'count', cnt) ORDER BY cnt DESC, aggregation_key) AS reactions
FROM (
    SELECT relates_to_id, aggregation_key, count(DISTINCT e.sender) AS cnt
    FROM event_relations r JOIN events e USING (event_id)
    WHERE relation_type = 'm.annotation' AND aggregation_key IS NOT NULL
    GROUP BY relates_to_id, aggregation_key
) x GROUP BY relates_to_id
