-- key: comment_id
-- seen: https://github.com/LemmyNet/lemmy/blob/main/crates/db_schema/replaceable_schema/triggers.sql
-- large: comment, comment_like
SELECT c.id AS comment_id, sum(l.score) AS score, sum((l.score = 1)::int) AS upvotes,
    (SELECT count(*) FROM comment child WHERE child.parent_id = c.id AND NOT child.deleted) AS child_count
FROM comment c LEFT JOIN comment_like l ON c.id = l.comment_id
GROUP BY c.id
