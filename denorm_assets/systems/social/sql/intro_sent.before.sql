SELECT r.id, r.note, r.status, r.created_at, u.username,
    (
        SELECT CASE WHEN count(*) = 0 THEN 0 ELSE 100 * count(*) FILTER (WHERE o.status = 'accepted') / count(*) END
        FROM intro_requests AS o WHERE o.recipient_id = u.id AND o.status <> 'pending'
    ) AS acceptance_percent,
    (SELECT count(*) FROM projects AS p WHERE p.owner_id = u.id AND p.status = 'published') AS published,
    (
        SELECT coalesce(sum(v.value), 0) FROM projects AS p JOIN votes AS v ON v.project_id = p.id
        WHERE p.owner_id = u.id
    ) AS votes_received,
    (
        SELECT count(*) FROM projects AS p JOIN badges AS b ON b.project_id = p.id WHERE p.owner_id = u.id
    ) AS badges_received,
    (SELECT count(*) FROM comments AS c WHERE c.user_id = u.id) AS comments_written
FROM intro_requests AS r
JOIN users AS u ON u.id = r.recipient_id
WHERE r.requester_id = %(user)s
ORDER BY r.created_at DESC, r.id DESC
LIMIT %(limit)s
