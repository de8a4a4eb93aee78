SELECT row_number() OVER (ORDER BY week.votes DESC, p.id) AS place, p.id AS project_id, p.slug, p.title,
    u.username AS owner, week.votes AS score, week.votes
FROM (
    SELECT v.project_id, sum(v.value) AS votes
    FROM votes AS v
    CROSS JOIN (
        SELECT (date_trunc('week', now() AT TIME ZONE 'UTC') - make_interval(weeks => %(weeks_ago)s::integer))
            AT TIME ZONE 'UTC' AS monday
    ) AS chosen
    WHERE v.created_at >= chosen.monday AND v.created_at < chosen.monday + interval '7 days'
    GROUP BY v.project_id
) AS week
JOIN projects AS p ON p.id = week.project_id AND p.status = 'published'
JOIN users AS u ON u.id = p.owner_id
ORDER BY week.votes DESC, p.id
LIMIT %(limit)s
