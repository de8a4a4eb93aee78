-- key: community_id
-- seen: https://github.com/LemmyNet/lemmy/blob/main/crates/db_schema/replaceable_schema/triggers.sql
-- large: post, comment, community_follower
SELECT c.id AS community_id, count(DISTINCT f.person_id) AS subscribers, count(DISTINCT p.id) AS posts, count(DISTINCT co.id) AS comments
FROM community c
LEFT JOIN community_follower f ON f.community_id = c.id AND NOT f.pending
LEFT JOIN post p ON p.community_id = c.id AND NOT p.deleted AND NOT p.removed
LEFT JOIN comment co ON co.post_id = p.id AND NOT co.deleted AND NOT co.removed
GROUP BY c.id
