SELECT b.place, b.project_id, b.slug, b.title, b.owner, b.score, b.votes
FROM mv_leaderboard_projects AS b
WHERE b.scope = 'all' AND b.slice = ''
ORDER BY b.place
LIMIT %(limit)s
