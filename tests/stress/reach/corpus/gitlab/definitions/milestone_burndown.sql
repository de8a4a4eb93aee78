-- key: milestone_id
-- seen: https://github.com/gitlabhq/gitlabhq/blob/master/app/models/milestone.rb
-- large: issues
SELECT m.id AS milestone_id, m.title, count(i.id) AS total, count(i.id) FILTER (WHERE i.state_id = 2) AS closed, coalesce(sum(i.weight), 0) AS weight,
    round(100.0 * count(i.id) FILTER (WHERE i.state_id = 2) / nullif(count(i.id), 0), 2) AS percent
FROM milestones m LEFT JOIN issues i ON i.milestone_id = m.id
GROUP BY m.id
