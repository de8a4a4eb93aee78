-- An entry belongs to a topic when one of its tags is one of the topic's.
SELECT DISTINCT e.id AS entry_id, tt.topic_id, e.published_at
FROM entries AS e
CROSS JOIN LATERAL unnest(string_to_array(e.tags, ',')) AS typed(tag)
JOIN topic_tags AS tt ON tt.tag = btrim(typed.tag, E' \t\r\n\u00a0')
