-- The newest content of all others with any of the tags.
-- The limit stands in a subquery: its value must not tempt PostgreSQL to plan anew each time, which takes longer
-- than the query.
-- Rare tags: all of their links. Others: the newest content first, each piece probed for links.
WITH wanted AS MATERIALIZED (
    SELECT ARRAY(SELECT t.id FROM tags AS t WHERE t.name = ANY (string_to_array(%(tags)s, ','))) AS ids
), rare AS MATERIALIZED (
    -- Tags with so few links that reading these is faster than the newest content. Counting stops early.
    SELECT ids FROM wanted WHERE 1000 >= (
        SELECT count(*) FROM (SELECT FROM content_tags AS link WHERE link.tag_id = ANY (wanted.ids) LIMIT 1001) AS few
    )
)
(
    SELECT 'content_items' AS content_source, i.id AS content_id, i.creator_id, i.created_at, i.title
    FROM content_items AS i
    WHERE i.id = ANY (ARRAY(
            SELECT link.content_id FROM content_tags AS link
            WHERE link.content_source = 'content_items' AND link.tag_id = ANY ((SELECT rare.ids FROM rare)::uuid[])
        ))
        AND i.creator_id <> %(creator)s
    ORDER BY i.created_at DESC, i.id DESC
    LIMIT (SELECT %(limit)s::bigint)
)
UNION ALL
(
    SELECT 'content_items' AS content_source, i.id AS content_id, i.creator_id, i.created_at, i.title
    FROM content_items AS i
    WHERE NOT EXISTS (SELECT FROM rare)
        AND i.creator_id <> %(creator)s
        AND (
            SELECT true FROM content_tags AS link
            WHERE link.content_source = 'content_items' AND link.content_id = i.id
                AND link.tag_id = ANY ((SELECT wanted.ids FROM wanted)::uuid[])
            LIMIT 1
        )
    ORDER BY i.created_at DESC, i.id DESC
    LIMIT (SELECT %(limit)s::bigint)
)
UNION ALL
(
    SELECT 'content_items_auto' AS content_source, a.id AS content_id, a.creator_id, a.created_at, a.title
    FROM content_items_auto AS a
    WHERE a.id = ANY (ARRAY(
            SELECT link.content_id FROM content_tags AS link
            WHERE link.content_source = 'content_items_auto' AND link.tag_id = ANY ((SELECT rare.ids FROM rare)::uuid[])
        ))
        AND a.creator_id <> %(creator)s
    ORDER BY a.created_at DESC, a.id DESC
    LIMIT (SELECT %(limit)s::bigint)
)
UNION ALL
(
    SELECT 'content_items_auto' AS content_source, a.id AS content_id, a.creator_id, a.created_at, a.title
    FROM content_items_auto AS a
    WHERE NOT EXISTS (SELECT FROM rare)
        AND a.creator_id <> %(creator)s
        AND (
            SELECT true FROM content_tags AS link
            WHERE link.content_source = 'content_items_auto' AND link.content_id = a.id
                AND link.tag_id = ANY ((SELECT wanted.ids FROM wanted)::uuid[])
            LIMIT 1
        )
    ORDER BY a.created_at DESC, a.id DESC
    LIMIT (SELECT %(limit)s::bigint)
)
ORDER BY created_at DESC, content_source DESC, content_id DESC
LIMIT (SELECT %(limit)s::bigint)
