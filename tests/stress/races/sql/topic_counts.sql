-- A grouped count, topics without entries included.
SELECT t.id, t.name, count(DISTINCT e.id) AS entries, max(e.score) AS best_score, sum(e.score) AS scores
FROM topics AS t
LEFT JOIN topic_tags AS tt ON tt.topic_id = t.id
LEFT JOIN entry_tags AS et ON et.tag_id = tt.tag_id
LEFT JOIN entries AS e ON e.id = et.entry_id
GROUP BY t.id, t.name
