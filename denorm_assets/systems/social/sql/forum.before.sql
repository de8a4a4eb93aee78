SELECT th.id, th.title, u.username AS author, th.created_at, coalesce(answered.posts, 0) AS posts,
    coalesce(useful.upvotes, 0) AS upvotes, coalesce(answered.last_at, th.created_at) AS last_post_at
FROM forum_threads AS th
JOIN users AS u ON u.id = th.author_id
LEFT JOIN (
    SELECT thread_id, count(*) AS posts, max(created_at) AS last_at FROM forum_posts GROUP BY thread_id
) AS answered ON answered.thread_id = th.id
LEFT JOIN (
    SELECT thread_id, count(*) AS upvotes FROM thread_upvotes GROUP BY thread_id
) AS useful ON useful.thread_id = th.id
WHERE th.forum_id = %(forum)s
ORDER BY th.is_pinned DESC, last_post_at DESC, th.id DESC
LIMIT %(limit)s
