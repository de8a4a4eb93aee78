SELECT u.id AS user_id, u.display_name,
    (SELECT count(*) FROM projects AS p WHERE p.owner_id = u.id) AS projects,
    (SELECT count(*) FROM projects AS p WHERE p.owner_id = u.id AND p.status = 'published') AS published,
    (SELECT count(*) FROM votes AS v WHERE v.user_id = u.id) AS votes_given,
    (
        SELECT coalesce(sum(v.value), 0) FROM projects AS p JOIN votes AS v ON v.project_id = p.id
        WHERE p.owner_id = u.id
    ) AS votes_received,
    (SELECT count(*) FROM comments AS c WHERE c.user_id = u.id) AS comments_written,
    (
        SELECT count(*) FROM projects AS p JOIN comments AS c ON c.project_id = p.id
        WHERE p.owner_id = u.id AND c.user_id <> u.id
    ) AS comments_received,
    (
        SELECT count(*) FROM projects AS p JOIN badges AS b ON b.project_id = p.id WHERE p.owner_id = u.id
    ) AS badges_received,
    (
        SELECT count(*) FROM conversation_participants AS cp
        JOIN messages AS m ON m.conversation_id = cp.conversation_id
        WHERE cp.user_id = u.id AND m.sender_id <> u.id AND (cp.last_read_at IS NULL OR m.created_at > cp.last_read_at)
    ) AS unread_messages,
    (
        SELECT count(*) FROM intro_requests AS r WHERE r.recipient_id = u.id AND r.status = 'pending'
    ) AS pending_intros
FROM users AS u
WHERE u.id = %(user)s
