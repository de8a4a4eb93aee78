-- key: person_id
-- seen: https://github.com/LemmyNet/lemmy/blob/main/crates/db_schema/replaceable_schema/triggers.sql
-- large: post, comment, post_like, comment_like
SELECT person_id, sum(post_count)::bigint AS post_count, sum(comment_count)::bigint AS comment_count, sum(score)::bigint AS score
FROM (
    SELECT creator_id AS person_id, 1 AS post_count, 0 AS comment_count, 0 AS score FROM post WHERE NOT (deleted OR removed)
    UNION ALL
    SELECT creator_id, 0, 1, 0 FROM comment WHERE NOT (deleted OR removed)
    UNION ALL
    SELECT p.creator_id, 0, 0, l.score FROM post p JOIN post_like l ON l.post_id = p.id
    UNION ALL
    SELECT c.creator_id, 0, 0, l.score FROM comment c JOIN comment_like l ON l.comment_id = c.id
) AS x
GROUP BY person_id
