SELECT t.id, t.title, t.author, t.created_at, t.posts, t.upvotes, t.last_post_at
FROM mv_forum_threads AS t
WHERE t.posts = 0
ORDER BY t.created_at DESC, t.id DESC
LIMIT %(limit)s
