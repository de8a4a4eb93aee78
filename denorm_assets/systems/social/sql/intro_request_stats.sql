-- Introductions that a builder asked for and was asked for; zeros where there are none.
SELECT u.id AS user_id, sent.requests AS sent, sent.pending AS sent_pending, sent.accepted AS sent_accepted,
    got.requests AS received, got.pending AS received_pending, got.accepted AS received_accepted,
    got.declined AS received_declined,
    CASE WHEN got.accepted + got.declined = 0 THEN 0
        ELSE 100 * got.accepted / (got.accepted + got.declined) END AS acceptance_percent,
    got.last_at AS last_received_at
FROM users AS u
CROSS JOIN LATERAL (
    SELECT count(*) AS requests, count(*) FILTER (WHERE r.status = 'pending') AS pending,
        count(*) FILTER (WHERE r.status = 'accepted') AS accepted
    FROM intro_requests AS r WHERE r.requester_id = u.id
) AS sent
CROSS JOIN LATERAL (
    SELECT count(*) AS requests, count(*) FILTER (WHERE r.status = 'pending') AS pending,
        count(*) FILTER (WHERE r.status = 'accepted') AS accepted,
        count(*) FILTER (WHERE r.status = 'declined') AS declined, max(r.created_at) AS last_at
    FROM intro_requests AS r WHERE r.recipient_id = u.id
) AS got
