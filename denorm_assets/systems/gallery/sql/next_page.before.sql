-- The page after a piece of content that the reader has seen: keyset pagination.
SELECT content.content_source, content.content_id, content.creator_id, content.created_at, content.title
FROM (
    SELECT 'content_items' AS content_source, i.id AS content_id, i.creator_id, i.created_at, i.title, i.tags
    FROM content_items AS i
    UNION ALL
    SELECT 'content_items_auto', a.id, a.creator_id, a.created_at, a.title, a.tags
    FROM content_items_auto AS a
) AS content
WHERE content.tags && ARRAY(
    SELECT t.id FROM tags AS t WHERE t.name = ANY (string_to_array(%(tags)s, ','))
)
    AND content.created_at <= %(before_created_at)s::timestamptz
    AND (content.created_at, content.content_source, content.content_id)
        < (%(before_created_at)s::timestamptz, %(before_source)s, %(before_id)s)
ORDER BY content.created_at DESC, content.content_source DESC, content.content_id DESC
LIMIT %(limit)s
