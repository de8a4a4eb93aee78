SELECT s.user_id, u.display_name, s.projects, s.published, s.votes_given, s.votes_received, s.comments_written,
    s.comments_received, s.badges_received, s.unread_messages, s.pending_intros
FROM user_dashboard_stats AS s
JOIN users AS u ON u.id = s.user_id
WHERE s.user_id = %(user)s
