SELECT b.id, b.kind, b.created_at, u.username, s.published, s.votes_received, s.badges_received,
    s.comments_written
FROM badges AS b
JOIN users AS u ON u.id = b.user_id
JOIN user_dashboard_stats AS s ON s.user_id = b.user_id
WHERE b.project_id = %(project)s
ORDER BY b.created_at DESC, b.id DESC
LIMIT %(limit)s
