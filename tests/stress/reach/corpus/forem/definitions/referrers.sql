-- key: article_id, domain
-- seen: https://github.com/forem/forem/blob/main/app/services/analytics_service.rb
-- large: page_views
SELECT article_id, substring(referrer FROM 'https?://([^/]+)') AS domain, sum(counts_for_number_of_views) AS sum
FROM page_views WHERE article_id IS NOT NULL AND referrer IS NOT NULL
GROUP BY 1, 2
