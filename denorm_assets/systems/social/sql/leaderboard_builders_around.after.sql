SELECT b.user_id, b.username, b.display_name, b.location, b.projects, b.votes, b.badges, b.proof_score,
    b.place
FROM mv_leaderboard_builders AS b
WHERE b.place BETWEEN
    (SELECT own.place - 5 FROM mv_leaderboard_builders AS own WHERE own.user_id = %(builder)s)
    AND (SELECT own.place + 5 FROM mv_leaderboard_builders AS own WHERE own.user_id = %(builder)s)
ORDER BY b.place
