-- Threads as forums list them: who began, how many answered, how many find it useful, and when it last moved.
SELECT th.id, th.forum_id, f.slug AS forum, th.title, th.is_pinned, th.author_id, u.username AS author, th.created_at,
    answered.posts, answered.authors, useful.upvotes, w.username AS last_author,
    coalesce(last.created_at, th.created_at) AS last_post_at
FROM forum_threads AS th
JOIN forums AS f ON f.id = th.forum_id
JOIN users AS u ON u.id = th.author_id
CROSS JOIN LATERAL (
    SELECT count(*) AS posts, count(DISTINCT po.author_id) AS authors FROM forum_posts AS po WHERE po.thread_id = th.id
) AS answered
CROSS JOIN LATERAL (
    SELECT count(*) AS upvotes FROM thread_upvotes AS up WHERE up.thread_id = th.id
) AS useful
LEFT JOIN LATERAL (
    SELECT po.created_at, po.author_id
    FROM forum_posts AS po WHERE po.thread_id = th.id
    ORDER BY po.created_at DESC, po.id DESC LIMIT 1
) AS last ON true
LEFT JOIN users AS w ON w.id = last.author_id
