-- The newest content with none of the tags.
-- The limit stands in a subquery: its value must not tempt PostgreSQL to plan anew each time, which takes longer
-- than the query.
WITH wanted AS MATERIALIZED (
    SELECT ARRAY(SELECT t.id FROM tags AS t WHERE t.name = ANY (string_to_array(%(tags)s, ','))) AS ids
)
(
    SELECT 'content_items' AS content_source, i.id AS content_id, i.creator_id, i.created_at, i.title
    FROM content_items AS i
    WHERE (
        SELECT true FROM content_tags AS link
        WHERE link.content_source = 'content_items' AND link.content_id = i.id
            AND link.tag_id = ANY ((SELECT wanted.ids FROM wanted)::uuid[])
        LIMIT 1
    ) IS NOT TRUE
    ORDER BY i.created_at DESC, i.id DESC
    LIMIT (SELECT %(limit)s::bigint)
)
UNION ALL
(
    SELECT 'content_items_auto' AS content_source, a.id AS content_id, a.creator_id, a.created_at, a.title
    FROM content_items_auto AS a
    WHERE (
        SELECT true FROM content_tags AS link
        WHERE link.content_source = 'content_items_auto' AND link.content_id = a.id
            AND link.tag_id = ANY ((SELECT wanted.ids FROM wanted)::uuid[])
        LIMIT 1
    ) IS NOT TRUE
    ORDER BY a.created_at DESC, a.id DESC
    LIMIT (SELECT %(limit)s::bigint)
)
ORDER BY created_at DESC, content_source DESC, content_id DESC
LIMIT (SELECT %(limit)s::bigint)
