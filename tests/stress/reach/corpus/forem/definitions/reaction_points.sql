-- key: article_id
-- seen: https://github.com/forem/forem/blob/main/app/models/reaction.rb
-- large: reactions
-- undeterministic: the sum of floating-point numbers depends on the order in which rows are read
SELECT reactable_id AS article_id, sum(points) AS score FROM reactions WHERE reactable_type = 'Article' AND status = 'valid' GROUP BY reactable_id
