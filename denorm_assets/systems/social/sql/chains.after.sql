SELECT c.id, c.slug, c.name, c.owner, c.projects, c.votes, c.followers, c.last_added_at
FROM mv_chains AS c
ORDER BY c.votes DESC, c.id DESC
LIMIT %(limit)s
