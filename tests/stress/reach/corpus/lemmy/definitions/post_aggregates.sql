-- key: post_id
-- seen: https://github.com/LemmyNet/lemmy/blob/main/crates/db_schema/replaceable_schema/triggers.sql
-- large: post, comment, post_like
SELECT p.id AS post_id, p.community_id, p.creator_id, coalesce(l.score, 0) AS score, coalesce(l.upvotes, 0) AS upvotes,
    coalesce(l.downvotes, 0) AS downvotes, coalesce(c.comments, 0) AS comments, greatest(p.published, c.newest) AS newest_comment_time
FROM post p
LEFT JOIN (
    SELECT post_id, sum(score) AS score, count(*) FILTER (WHERE score = 1) AS upvotes, count(*) FILTER (WHERE score = -1) AS downvotes
    FROM post_like GROUP BY post_id
) l ON l.post_id = p.id
LEFT JOIN (
    SELECT post_id, count(*) AS comments, max(published) AS newest FROM comment WHERE NOT removed AND NOT deleted GROUP BY post_id
) c ON c.post_id = p.id
