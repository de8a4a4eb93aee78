-- key: language
-- seen: https://github.com/go-gitea/gitea/blob/main/models/repo/language_stats.go
-- large: language_stat
SELECT lower(language) AS language, sum(size) AS size, count(*) FILTER (WHERE is_primary) AS primary_in FROM language_stat GROUP BY lower(language)
