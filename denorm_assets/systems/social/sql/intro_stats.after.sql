SELECT u.id, u.username, s.sent, s.sent_pending, s.sent_accepted, s.received, s.received_pending, s.received_accepted,
    s.received_declined, s.acceptance_percent, s.last_received_at
FROM intro_request_stats AS s
JOIN users AS u ON u.id = s.user_id
WHERE s.user_id = %(user)s
