-- How much content has each tag; a tag that stands twice in an array counts once.
SELECT t.name, count(held.tag_id) AS content
FROM tags AS t
LEFT JOIN (
    SELECT u.tag_id FROM content_items AS i
    CROSS JOIN LATERAL (SELECT DISTINCT unnest(i.tags) AS tag_id) AS u
    UNION ALL
    SELECT u.tag_id FROM content_items_auto AS a
    CROSS JOIN LATERAL (SELECT DISTINCT unnest(a.tags) AS tag_id) AS u
) AS held ON held.tag_id = t.id
GROUP BY t.id
ORDER BY count(held.tag_id) DESC, t.name
