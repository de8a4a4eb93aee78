-- How much content has each tag.
SELECT t.name, coalesce(held.content, 0) AS content
FROM tags AS t
LEFT JOIN (
    SELECT link.tag_id, count(*) AS content FROM content_tags AS link GROUP BY link.tag_id
) AS held ON held.tag_id = t.id
ORDER BY 2 DESC, t.name
