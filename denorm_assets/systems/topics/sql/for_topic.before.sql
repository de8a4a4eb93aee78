SELECT e.id, e.title, e.published_at
FROM entries AS e
WHERE e.enabled
    AND EXISTS (
        SELECT FROM unnest(string_to_array(e.tags, ',')) AS typed(tag)
        JOIN topic_tags AS tt ON tt.tag = btrim(typed.tag, E' \t\r\n\u00a0')
        WHERE tt.topic_id = %(topic)s
    )
ORDER BY e.published_at DESC, e.id DESC
LIMIT %(limit)s OFFSET %(offset)s
