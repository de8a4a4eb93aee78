-- Published projects with what the feed orders them by. Trending halves every week: since all scores decay alike, their
-- order is the same whenever it is asked for; which votes are of this week is decided by the day (UTC).
SELECT p.id, p.slug, p.title, p.tagline, p.category, p.seeks_team, p.owner_id, u.username AS owner,
    coalesce(tagged.names, '{}') AS tags, coalesce(voted.votes, 0) AS votes,
    coalesce(voted.week, 0) AS votes_week, coalesce(discussed.comments, 0) AS comments,
    coalesce(awarded.badges, 0) AS badges,
    p.quality + 2 * coalesce(voted.votes, 0) + coalesce(discussed.comments, 0) + 5 * coalesce(awarded.weight, 0)
        AS proof_score,
    greatest(coalesce(voted.votes, 0) + 2 * coalesce(discussed.comments, 0) + 5 * coalesce(awarded.weight, 0), 1)
        * exp(greatest(ln(0.5::float8) * extract(epoch FROM now() - p.created_at)::float8 / 604800, -700))
        AS trending_score,
    p.created_at
FROM projects AS p
JOIN users AS u ON u.id = p.owner_id
LEFT JOIN (
    SELECT v.project_id, sum(v.value) AS votes,
        count(*) FILTER (WHERE v.created_at >= date_trunc('day', now(), 'UTC') - interval '168 hours') AS week
    FROM votes AS v GROUP BY v.project_id
) AS voted ON voted.project_id = p.id
LEFT JOIN (
    SELECT c.project_id, count(*) AS comments FROM comments AS c GROUP BY c.project_id
) AS discussed ON discussed.project_id = p.id
LEFT JOIN (
    SELECT b.project_id, count(*) AS badges, sum(b.weight) AS weight FROM badges AS b GROUP BY b.project_id
) AS awarded ON awarded.project_id = p.id
LEFT JOIN (
    SELECT pt.project_id, array_agg(t.name ORDER BY t.name) AS names
    FROM project_tags AS pt JOIN tags AS t ON t.id = pt.tag_id GROUP BY pt.project_id
) AS tagged ON tagged.project_id = p.id
WHERE p.status = 'published'
