-- key: user_id
-- seen: https://github.com/forem/forem/blob/main/app/models/reaction.rb
-- large: reactions
SELECT u.id AS user_id, u.username, ARRAY(SELECT r.reactable_id FROM reactions r WHERE r.user_id = u.id AND r.category = 'readinglist' ORDER BY r.created_at DESC, r.id) AS articles
FROM users u WHERE u.registered_at IS NOT NULL
