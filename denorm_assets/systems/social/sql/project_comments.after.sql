SELECT c.id, c.body, c.created_at, u.username, s.published, s.votes_received, s.badges_received,
    s.comments_written
FROM comments AS c
JOIN users AS u ON u.id = c.user_id
JOIN user_dashboard_stats AS s ON s.user_id = c.user_id
WHERE c.project_id = %(project)s
ORDER BY c.created_at DESC, c.id DESC
LIMIT %(limit)s
