-- key: user_id
-- seen: https://github.com/forem/forem/blob/main/app/queries/users/suggest_prominent.rb
-- large: articles, taggings
-- time: yes
SELECT a.user_id, avg(a.score)::numeric(10, 2) AS average_score, count(*) AS articles
FROM articles a
WHERE a.published AND a.published_at > now() - interval '2 weeks' AND a.user_id IS NOT NULL
  AND a.id IN (SELECT taggable_id FROM taggings JOIN tags ON tags.id = taggings.tag_id WHERE tags.name IN ('tag1', 'tag2', 'tag3', 'tag4'))
GROUP BY a.user_id
