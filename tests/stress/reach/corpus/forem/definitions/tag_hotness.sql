-- key: tag
-- seen: https://github.com/forem/forem/blob/main/app/queries/tags/suggested_for_onboarding.rb
-- large: taggings, articles
SELECT COALESCE(t.alias_for, t.name) AS tag, COUNT(DISTINCT a.id) AS taggings_count, SUM(a.score) AS score
FROM tags t JOIN taggings tg ON tg.tag_id = t.id AND tg.taggable_type = 'Article' JOIN articles a ON a.id = tg.taggable_id AND a.published
GROUP BY COALESCE(t.alias_for, t.name)
