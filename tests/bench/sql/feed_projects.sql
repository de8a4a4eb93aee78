-- A card of the feed: a project with its author's name and its votes.
SELECT p.id, p.title, p.revision, u.id AS user_id, u.name AS user_name, u.revision AS user_revision,
    count(v.id) AS votes, max(v.id) AS last_vote
FROM projects AS p
JOIN users AS u ON u.id = p.user_id
LEFT JOIN votes AS v ON v.project_id = p.id
GROUP BY p.id, p.title, p.revision, u.id, u.name, u.revision
