-- key: object_id
-- seen: https://git.pleroma.social/pleroma/pleroma/-/blob/develop/lib/pleroma/web/mastodon_api/views/status_view.ex
-- large: activities
SELECT object_id, jsonb_agg(jsonb_build_array(emoji, actors) ORDER BY n DESC, emoji) AS reactions
FROM (
    SELECT data ->> 'object' AS object_id, data ->> 'content' AS emoji, array_agg(actor ORDER BY inserted_at, id) AS actors, count(*) AS n
    FROM activities WHERE data ->> 'type' = 'EmojiReact' GROUP BY data ->> 'object', data ->> 'content'
) x
GROUP BY object_id
