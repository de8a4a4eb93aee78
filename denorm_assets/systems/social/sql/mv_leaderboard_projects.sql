-- The best 1,000 projects of all, the best 100 of each tag, and the 100 with most votes of each week (Mondays, UTC).
SELECT board.scope, board.slice, board.place, p.id AS project_id, p.slug, p.title, p.owner_id, u.username AS owner,
    board.score, board.votes
FROM (
    WITH scored AS (
        SELECT p.id, p.quality + 2 * coalesce(voted.votes, 0) + coalesce(discussed.comments, 0)
                + 5 * coalesce(awarded.weight, 0) AS score,
            coalesce(voted.votes, 0) AS votes
        FROM projects AS p
        LEFT JOIN (
            SELECT v.project_id, sum(v.value) AS votes FROM votes AS v GROUP BY v.project_id
        ) AS voted ON voted.project_id = p.id
        LEFT JOIN (
            SELECT c.project_id, count(*) AS comments FROM comments AS c GROUP BY c.project_id
        ) AS discussed ON discussed.project_id = p.id
        LEFT JOIN (
            SELECT b.project_id, sum(b.weight) AS weight FROM badges AS b GROUP BY b.project_id
        ) AS awarded ON awarded.project_id = p.id
        WHERE p.status = 'published'
    )
    SELECT 'all' AS scope, '' AS slice, s.id, s.score, s.votes,
        row_number() OVER (ORDER BY s.score DESC, s.id) AS place, 1000 AS places
    FROM scored AS s
    UNION ALL
    SELECT 'tag', t.name, s.id, s.score, s.votes,
        row_number() OVER (PARTITION BY t.id ORDER BY s.score DESC, s.id), 100
    FROM scored AS s
    JOIN project_tags AS pt ON pt.project_id = s.id
    JOIN tags AS t ON t.id = pt.tag_id
    UNION ALL
    SELECT 'week', week.monday, week.id, week.votes, week.votes,
        row_number() OVER (PARTITION BY week.monday ORDER BY week.votes DESC, week.id), 100
    FROM (
        SELECT to_char(date_trunc('week', v.created_at AT TIME ZONE 'UTC'), 'YYYY-MM-DD') AS monday, p.id,
            sum(v.value) AS votes
        FROM votes AS v
        JOIN projects AS p ON p.id = v.project_id
        WHERE p.status = 'published'
        GROUP BY 1, p.id
    ) AS week
) AS board
JOIN projects AS p ON p.id = board.id
JOIN users AS u ON u.id = p.owner_id
WHERE board.place <= board.places
