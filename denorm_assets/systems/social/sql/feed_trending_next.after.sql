SELECT f.id, f.title, f.tagline, f.owner, f.tags, f.votes, f.comments, f.badges, f.proof_score, f.created_at
FROM mv_feed_projects AS f
WHERE (f.trending_score, f.id) < (
    (SELECT last.trending_score FROM mv_feed_projects AS last WHERE last.id = %(after)s), %(after)s
)
ORDER BY f.trending_score DESC, f.id DESC
LIMIT %(limit)s
