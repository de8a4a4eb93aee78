SELECT b.place, b.project_id, b.slug, b.title, b.owner, b.score, b.votes
FROM mv_leaderboard_projects AS b
WHERE b.scope = 'tag' AND b.slice = %(tag)s
ORDER BY b.place
LIMIT %(limit)s
