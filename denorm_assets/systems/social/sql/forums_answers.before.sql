SELECT po.id, po.body, po.created_at, th.title, f.slug AS forum,
    (SELECT count(*) FROM forum_posts AS other WHERE other.thread_id = th.id) AS posts,
    (SELECT count(DISTINCT other.author_id) FROM forum_posts AS other WHERE other.thread_id = th.id) AS authors,
    (SELECT max(other.created_at) FROM forum_posts AS other WHERE other.thread_id = th.id) AS last_post_at,
    (SELECT count(*) FROM thread_upvotes AS up WHERE up.thread_id = th.id) AS upvotes
FROM forum_posts AS po
JOIN forum_threads AS th ON th.id = po.thread_id
JOIN forums AS f ON f.id = th.forum_id
WHERE po.author_id = %(user)s
ORDER BY po.created_at DESC, po.id DESC
LIMIT %(limit)s
