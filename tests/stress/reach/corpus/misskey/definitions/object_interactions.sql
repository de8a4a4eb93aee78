-- key: object_id
-- seen: https://git.pleroma.social/pleroma/pleroma/-/blob/develop/lib/pleroma/object.ex
-- large: objects, activities
SELECT o.id AS object_id, o.data ->> 'type' AS type, count(*) FILTER (WHERE a.data ->> 'type' = 'Like') AS like_count, count(*) FILTER (WHERE a.data ->> 'type' = 'Announce') AS announcement_count,
    array_agg(DISTINCT a.actor ORDER BY a.actor) FILTER (WHERE a.data ->> 'type' = 'Like') AS likes, jsonb_path_query_array(o.data, '$.tag[*] ? (@.type == "Hashtag").name') AS hashtags
FROM objects o LEFT JOIN activities a ON a.data ->> 'object' = o.data ->> 'id'
GROUP BY o.id
