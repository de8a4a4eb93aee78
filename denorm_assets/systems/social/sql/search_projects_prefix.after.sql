SELECT s.id, s.slug, s.title, s.owner, s.tags, s.votes,
    ts_rank(s.document, to_tsquery('english', %(prefix)s || ':*')) AS rank
FROM mv_search_projects AS s
WHERE s.document @@ to_tsquery('english', %(prefix)s || ':*')
ORDER BY rank DESC, s.id DESC
LIMIT %(limit)s
