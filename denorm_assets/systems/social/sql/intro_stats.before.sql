SELECT u.id, u.username,
    (
        SELECT count(*) FROM intro_requests AS r WHERE r.requester_id = u.id
    ) AS sent,
    (
        SELECT count(*) FROM intro_requests AS r WHERE r.requester_id = u.id AND r.status = 'pending'
    ) AS sent_pending,
    (
        SELECT count(*) FROM intro_requests AS r WHERE r.requester_id = u.id AND r.status = 'accepted'
    ) AS sent_accepted,
    (
        SELECT count(*) FROM intro_requests AS r WHERE r.recipient_id = u.id
    ) AS received,
    (
        SELECT count(*) FROM intro_requests AS r WHERE r.recipient_id = u.id AND r.status = 'pending'
    ) AS received_pending,
    (
        SELECT count(*) FROM intro_requests AS r WHERE r.recipient_id = u.id AND r.status = 'accepted'
    ) AS received_accepted,
    (
        SELECT count(*) FROM intro_requests AS r WHERE r.recipient_id = u.id AND r.status = 'declined'
    ) AS received_declined,
    (
        SELECT CASE WHEN count(*) = 0 THEN 0 ELSE 100 * count(*) FILTER (WHERE o.status = 'accepted') / count(*) END
        FROM intro_requests AS o WHERE o.recipient_id = u.id AND o.status <> 'pending'
    ) AS acceptance_percent,
    (SELECT max(r.created_at) FROM intro_requests AS r WHERE r.recipient_id = u.id) AS last_received_at
FROM users AS u
WHERE u.id = %(user)s
