-- Which content has which tags: one row for each tag that is in the array, however often it stands there.
-- NULLs in an array, and IDs of no tag, are in no row. Both tables count their IDs from 1, so the source is in the key.
SELECT 'content_items' AS content_source, i.id AS content_id, t.id AS tag_id
FROM content_items AS i
JOIN tags AS t ON i.tags @> ARRAY[t.id]
UNION ALL
SELECT 'content_items_auto' AS content_source, a.id AS content_id, t.id AS tag_id
FROM content_items_auto AS a
JOIN tags AS t ON a.tags @> ARRAY[t.id]
