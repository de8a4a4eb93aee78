-- key: badge_id
-- seen: https://github.com/discourse/discourse/blob/main/app/models/badge.rb
-- large: user_badges
SELECT b.id AS badge_id, b.name, count(ub.id) AS grant_count, count(DISTINCT ub.user_id) AS holders,
    string_agg(DISTINCT u.username, ', ' ORDER BY u.username) AS names
FROM badges b JOIN user_badges ub ON ub.badge_id = b.id JOIN users u ON u.id = ub.user_id AND u.active
GROUP BY 1, 2
