-- A card per entry: its author, if there is one, and its tags in order.
SELECT e.id, e.title, e.score, a.name AS author, tagged.tags, tagged.names
FROM entries AS e
LEFT JOIN authors AS a ON a.id = e.author_id
LEFT JOIN LATERAL (
    SELECT count(*) AS tags, string_agg(g.name, ', ' ORDER BY g.name, et.id) AS names
    FROM entry_tags AS et
    JOIN tags AS g ON g.id = et.tag_id
    WHERE et.entry_id = e.id
) AS tagged ON true
