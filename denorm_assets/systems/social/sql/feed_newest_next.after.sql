SELECT f.id, f.title, f.tagline, f.owner, f.tags, f.votes, f.comments, f.badges, f.proof_score, f.created_at
FROM mv_feed_projects AS f
WHERE (f.created_at, f.id) < (
    (SELECT last.created_at FROM mv_feed_projects AS last WHERE last.id = %(after)s), %(after)s
)
ORDER BY f.created_at DESC, f.id DESC
LIMIT %(limit)s
