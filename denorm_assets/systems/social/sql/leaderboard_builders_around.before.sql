WITH b AS (
    SELECT u.id AS user_id, u.username, u.display_name, u.location, made.projects, made.votes, made.badges,
        made.proof_score,
        row_number() OVER (ORDER BY made.proof_score DESC, u.id) AS place
    FROM users AS u
    JOIN (
        SELECT p.owner_id, count(*) AS projects, coalesce(sum(voted.votes), 0)::bigint AS votes,
            coalesce(sum(awarded.badges), 0)::bigint AS badges,
            sum(
                p.quality + 2 * coalesce(voted.votes, 0) + coalesce(discussed.comments, 0)
                    + 5 * coalesce(awarded.weight, 0)
            )::bigint AS proof_score
        FROM projects AS p
        LEFT JOIN (SELECT project_id, sum(value) AS votes FROM votes GROUP BY project_id) AS voted
            ON voted.project_id = p.id
        LEFT JOIN (SELECT project_id, count(*) AS comments FROM comments GROUP BY project_id) AS discussed
            ON discussed.project_id = p.id
        LEFT JOIN (
            SELECT project_id, count(*) AS badges, sum(weight) AS weight FROM badges GROUP BY project_id
        ) AS awarded ON awarded.project_id = p.id
        WHERE p.status = 'published'
        GROUP BY p.owner_id
    ) AS made ON made.owner_id = u.id
)
SELECT b.* FROM b
WHERE b.place BETWEEN (SELECT own.place - 5 FROM b AS own WHERE own.user_id = %(builder)s)
    AND (SELECT own.place + 5 FROM b AS own WHERE own.user_id = %(builder)s)
ORDER BY b.place
