-- key: url
-- seen: https://github.com/LemmyNet/lemmy/blob/91a77ae456129da5b84fc98daad174c802d78e62/crates/db_views/src/post/post_view.rs
-- large: post
SELECT url, count(*) AS posts, array_agg(id ORDER BY published, id) AS ids, (array_agg(community_id ORDER BY published, id))[1] AS first_community
FROM post WHERE url IS NOT NULL AND NOT deleted GROUP BY url HAVING count(*) > 1
