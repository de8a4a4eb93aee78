-- key: article_id, day
-- seen: https://github.com/forem/forem/blob/main/app/services/analytics_service.rb
-- large: page_views, reactions, comments
SELECT article_id, day, sum(views) AS views, sum(reactions) AS reactions, sum(comments) AS comments
FROM (
    SELECT article_id, created_at::date AS day, counts_for_number_of_views AS views, 0 AS reactions, 0 AS comments FROM page_views WHERE article_id IS NOT NULL
    UNION ALL
    SELECT reactable_id, created_at::date, 0, 1, 0 FROM reactions WHERE reactable_type = 'Article'
    UNION ALL
    SELECT commentable_id, created_at::date, 0, 0, 1 FROM comments WHERE commentable_type = 'Article' AND NOT deleted
) t
GROUP BY article_id, day
