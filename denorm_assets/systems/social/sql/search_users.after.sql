SELECT s.id, s.username, s.display_name, s.location, s.projects, s.votes,
    ts_rank(s.document, websearch_to_tsquery('simple', %(words)s)) AS rank
FROM mv_search_users AS s
WHERE s.document @@ websearch_to_tsquery('simple', %(words)s)
ORDER BY rank DESC, s.id DESC
LIMIT %(limit)s
