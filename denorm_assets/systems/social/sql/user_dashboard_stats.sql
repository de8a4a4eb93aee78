-- What a builder's dashboard counts; a builder without activity has a row of zeros.
SELECT u.id AS user_id,
    own.projects, own.published, given.votes AS votes_given, received.upvotes AS upvotes_received,
    received.votes AS votes_received, written.comments AS comments_written, answered.comments AS comments_received,
    awarded.badges AS badges_received, awarded.weight AS badge_weight, mail.unread AS unread_messages,
    asked.pending AS pending_intros,
    greatest(u.created_at, own.last_at, given.last_at, written.last_at) AS last_activity_at
FROM users AS u
CROSS JOIN LATERAL (
    SELECT count(*) AS projects, count(*) FILTER (WHERE p.status = 'published') AS published,
        max(p.created_at) AS last_at
    FROM projects AS p WHERE p.owner_id = u.id
) AS own
CROSS JOIN LATERAL (
    SELECT count(*) AS votes, max(v.created_at) AS last_at FROM votes AS v WHERE v.user_id = u.id
) AS given
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE v.value > 0) AS upvotes, coalesce(sum(v.value), 0) AS votes
    FROM projects AS p JOIN votes AS v ON v.project_id = p.id WHERE p.owner_id = u.id
) AS received
CROSS JOIN LATERAL (
    SELECT count(*) AS comments, max(c.created_at) AS last_at FROM comments AS c WHERE c.user_id = u.id
) AS written
CROSS JOIN LATERAL (
    SELECT count(*) AS comments
    FROM projects AS p JOIN comments AS c ON c.project_id = p.id WHERE p.owner_id = u.id AND c.user_id <> u.id
) AS answered
CROSS JOIN LATERAL (
    SELECT count(*) AS badges, coalesce(sum(b.weight), 0) AS weight
    FROM projects AS p JOIN badges AS b ON b.project_id = p.id WHERE p.owner_id = u.id
) AS awarded
CROSS JOIN LATERAL (
    SELECT count(*) AS unread
    FROM conversation_participants AS cp
    JOIN messages AS m ON m.conversation_id = cp.conversation_id
    WHERE cp.user_id = u.id AND m.sender_id <> u.id AND (cp.last_read_at IS NULL OR m.created_at > cp.last_read_at)
) AS mail
CROSS JOIN LATERAL (
    SELECT count(*) AS pending FROM intro_requests AS r WHERE r.recipient_id = u.id AND r.status = 'pending'
) AS asked
