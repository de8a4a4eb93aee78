-- The newest content with all of the tags.
SELECT content.content_source, content.content_id, content.creator_id, content.created_at, content.title
FROM (
    SELECT 'content_items' AS content_source, i.id AS content_id, i.creator_id, i.created_at, i.title, i.tags
    FROM content_items AS i
    UNION ALL
    SELECT 'content_items_auto', a.id, a.creator_id, a.created_at, a.title, a.tags
    FROM content_items_auto AS a
) AS content
WHERE content.tags @> ARRAY(
    SELECT t.id FROM tags AS t WHERE t.name = ANY (string_to_array(%(tags)s, ','))
)
    AND EXISTS (
    SELECT FROM tags AS t WHERE t.name = ANY (string_to_array(%(tags)s, ','))
)
ORDER BY content.created_at DESC, content.content_source DESC, content.content_id DESC
LIMIT %(limit)s
