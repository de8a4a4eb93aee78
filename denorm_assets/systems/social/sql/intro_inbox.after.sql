SELECT r.id, r.note, r.created_at, u.username, i.acceptance_percent, s.published, s.votes_received, s.badges_received,
    s.comments_written
FROM intro_requests AS r
JOIN users AS u ON u.id = r.requester_id
JOIN intro_request_stats AS i ON i.user_id = r.requester_id
JOIN user_dashboard_stats AS s ON s.user_id = r.requester_id
WHERE r.recipient_id = %(user)s AND r.status = 'pending'
ORDER BY r.created_at DESC, r.id DESC
LIMIT %(limit)s
