SELECT s.id, s.slug, s.title, s.votes
FROM mv_search_projects AS s
WHERE s.title_lower ^@ lower(%(prefix)s)
ORDER BY s.votes DESC, s.id DESC
LIMIT %(limit)s
