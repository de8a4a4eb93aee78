SELECT t.id, t.title, t.author, t.created_at, t.posts, t.upvotes, t.last_post_at
FROM mv_forum_threads AS t
WHERE t.forum_id = %(forum)s
ORDER BY t.upvotes DESC, t.id DESC
LIMIT %(limit)s
