-- key: id
-- seen: https://github.com/LemmyNet/lemmy/blob/e385c15110dfe7e16f1a589318b74d8643369164/crates/db_views/src/community/community_view.rs
-- large: post, community
SELECT c.id, c.name, c.visibility, count(p.id) AS posts
FROM community c CROSS JOIN local_site s JOIN post p ON p.community_id = c.id
WHERE NOT c.removed AND (s.enable_nsfw OR NOT c.nsfw)
GROUP BY c.id, s.community_min_posts
HAVING count(p.id) >= s.community_min_posts
