SELECT s.id, s.slug, s.title, s.owner, s.tags, s.votes,
    ts_rank(s.document, websearch_to_tsquery('english', %(words)s)) AS rank
FROM mv_search_projects AS s
WHERE s.document @@ websearch_to_tsquery('english', %(words)s)
ORDER BY rank DESC, s.id DESC
LIMIT %(limit)s
