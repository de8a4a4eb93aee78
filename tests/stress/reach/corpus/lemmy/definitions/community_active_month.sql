-- key: community_id
-- seen: https://github.com/LemmyNet/lemmy/blob/ed74985f7f502ac394eaa5e358944175dd85a6b6/src/scheduled_tasks.rs
-- large: post, comment, post_like
-- time: yes
SELECT community_id, count(DISTINCT person_id) AS users_active_month
FROM (
    SELECT p.community_id, c.creator_id AS person_id FROM comment c JOIN post p ON p.id = c.post_id JOIN person pe ON pe.id = c.creator_id
    WHERE c.published > now() - '1 month'::interval AND pe.bot_account = false
    UNION
    SELECT p.community_id, p.creator_id FROM post p JOIN person pe ON pe.id = p.creator_id
    WHERE p.published > now() - '1 month'::interval AND pe.bot_account = false
    UNION
    SELECT p.community_id, pl.person_id FROM post_like pl JOIN post p ON p.id = pl.post_id
    WHERE pl.published > now() - '1 month'::interval
) a
GROUP BY community_id
