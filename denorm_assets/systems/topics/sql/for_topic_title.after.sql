SELECT e.id, e.title, e.published_at
FROM entry_title_topics AS link
JOIN entries AS e ON e.id = link.entry_id
WHERE link.topic_id = %(topic)s AND e.enabled
ORDER BY link.published_at DESC, link.entry_id DESC
LIMIT %(limit)s OFFSET %(offset)s
