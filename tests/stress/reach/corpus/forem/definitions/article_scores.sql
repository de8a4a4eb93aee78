-- key: article_id
-- seen: https://github.com/forem/forem/blob/main/app/models/article.rb
-- large: articles, reactions, comments
SELECT a.id AS article_id, a.title,
    (SELECT count(*) FROM reactions r WHERE r.reactable_id = a.id AND r.reactable_type = 'Article' AND r.category <> 'readinglist' AND r.status = 'valid') AS public_reactions_count,
    (SELECT count(*) FROM comments c WHERE c.commentable_id = a.id AND c.commentable_type = 'Article' AND NOT c.deleted) AS comments_count,
    (SELECT string_agg(t.name, ', ' ORDER BY t.name) FROM taggings x JOIN tags t ON t.id = x.tag_id WHERE x.taggable_id = a.id AND x.taggable_type = 'Article') AS cached_tag_list
FROM articles a WHERE a.published
