SELECT b.user_id, b.username, b.display_name, b.location, b.projects, b.votes, b.badges, b.proof_score,
    b.place
FROM mv_leaderboard_builders AS b
WHERE b.location = %(location)s
ORDER BY b.place
LIMIT %(limit)s
