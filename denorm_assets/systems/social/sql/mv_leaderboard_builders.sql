-- Every builder who has published something, with places by proof, by votes, by badges and by projects.
SELECT u.id AS user_id, u.username, u.display_name, u.location, made.projects, made.votes, made.badges,
    made.proof_score,
    row_number() OVER (ORDER BY made.proof_score DESC, u.id) AS place,
    row_number() OVER (ORDER BY made.votes DESC, u.id) AS votes_place,
    row_number() OVER (ORDER BY made.badges DESC, u.id) AS badges_place,
    row_number() OVER (ORDER BY made.projects DESC, u.id) AS projects_place
FROM users AS u
JOIN (
    SELECT p.owner_id, count(*) AS projects, coalesce(sum(voted.votes), 0)::bigint AS votes,
        coalesce(sum(awarded.badges), 0)::bigint AS badges,
        sum(p.quality + 2 * coalesce(voted.votes, 0) + coalesce(discussed.comments, 0)
            + 5 * coalesce(awarded.weight, 0))::bigint AS proof_score
    FROM projects AS p
    LEFT JOIN (
        SELECT v.project_id, sum(v.value) AS votes FROM votes AS v GROUP BY v.project_id
    ) AS voted ON voted.project_id = p.id
    LEFT JOIN (
        SELECT c.project_id, count(*) AS comments FROM comments AS c GROUP BY c.project_id
    ) AS discussed ON discussed.project_id = p.id
    LEFT JOIN (
        SELECT b.project_id, count(*) AS badges, sum(b.weight) AS weight FROM badges AS b GROUP BY b.project_id
    ) AS awarded ON awarded.project_id = p.id
    WHERE p.status = 'published'
    GROUP BY p.owner_id
) AS made ON made.owner_id = u.id
