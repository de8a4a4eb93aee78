-- key: post_id
-- seen: https://github.com/LemmyNet/lemmy/blob/main/crates/db_schema/replaceable_schema/utils.sql
-- large: post, post_like
-- time: yes
SELECT p.id AS post_id, sum(l.score) / (1 + extract(epoch FROM now() - p.published) / 3600) AS hot_rank FROM post p JOIN post_like l ON l.post_id = p.id GROUP BY p.id
