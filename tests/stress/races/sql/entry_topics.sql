-- Links through two tables of links: an entry belongs to a topic by any of its tags.
SELECT DISTINCT e.id AS entry_id, t.id AS topic_id, e.title, t.name AS topic
FROM entries AS e
JOIN entry_tags AS et ON et.entry_id = e.id
JOIN topic_tags AS tt ON tt.tag_id = et.tag_id
JOIN topics AS t ON t.id = tt.topic_id
