SELECT po.id, po.body, po.created_at, u.username, s.published, s.votes_received, s.badges_received,
    s.comments_written
FROM forum_posts AS po
JOIN users AS u ON u.id = po.author_id
JOIN user_dashboard_stats AS s ON s.user_id = po.author_id
WHERE po.thread_id = %(thread)s
ORDER BY po.created_at, po.id
LIMIT %(limit)s
