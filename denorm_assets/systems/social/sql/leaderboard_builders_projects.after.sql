SELECT b.user_id, b.username, b.display_name, b.location, b.projects, b.votes, b.badges, b.proof_score,
    b.place
FROM mv_leaderboard_builders AS b
ORDER BY b.projects_place
LIMIT %(limit)s
