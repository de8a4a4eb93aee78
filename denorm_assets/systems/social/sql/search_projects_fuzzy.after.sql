-- The operator of trigram indexes takes its threshold from a setting, which lasts as long as the transaction.
SELECT s.id, s.slug, s.title, s.owner, s.votes
FROM mv_search_projects AS s
WHERE s.title %%>> (
    SELECT %(words)s::text WHERE set_config('pg_trgm.strict_word_similarity_threshold', '0.25', true) IS NOT NULL
)
ORDER BY strict_word_similarity(%(words)s, s.title) DESC, s.votes DESC, s.id DESC
LIMIT %(limit)s
