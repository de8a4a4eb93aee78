SELECT b.place, b.project_id, b.slug, b.title, b.owner, b.score, b.votes
FROM mv_leaderboard_projects AS b
WHERE b.scope = 'week' AND b.slice = to_char(
    date_trunc('week', now() AT TIME ZONE 'UTC') - make_interval(weeks => %(weeks_ago)s::integer), 'YYYY-MM-DD'
)
ORDER BY b.place
LIMIT %(limit)s
