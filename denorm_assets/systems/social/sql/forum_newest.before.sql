SELECT th.id, th.title, u.username AS author, th.created_at, answered.posts, useful.upvotes,
    coalesce(answered.last_at, th.created_at) AS last_post_at
FROM (
    SELECT * FROM forum_threads AS th
    WHERE th.forum_id = %(forum)s
    ORDER BY th.created_at DESC, th.id DESC LIMIT %(limit)s
) AS th
JOIN users AS u ON u.id = th.author_id
CROSS JOIN LATERAL (
    SELECT count(*) AS posts, max(po.created_at) AS last_at FROM forum_posts AS po WHERE po.thread_id = th.id
) AS answered
CROSS JOIN LATERAL (SELECT count(*) AS upvotes FROM thread_upvotes AS up WHERE up.thread_id = th.id) AS useful
ORDER BY th.created_at DESC, th.id DESC
