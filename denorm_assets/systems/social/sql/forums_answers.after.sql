SELECT po.id, po.body, po.created_at, t.title, t.forum, t.posts, t.authors, t.last_post_at, t.upvotes
FROM forum_posts AS po
JOIN mv_forum_threads AS t ON t.id = po.thread_id
WHERE po.author_id = %(user)s
ORDER BY po.created_at DESC, po.id DESC
LIMIT %(limit)s
