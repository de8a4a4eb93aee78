SELECT s.id, s.username, s.display_name, s.votes
FROM mv_search_users AS s
WHERE s.username_lower ^@ lower(%(prefix)s)
ORDER BY s.votes DESC, s.id DESC
LIMIT %(limit)s
