-- The operator of trigram indexes takes its threshold from a setting, which lasts as long as the transaction.
SELECT s.id, s.username, s.display_name, s.votes
FROM mv_search_users AS s
WHERE s.names %%>> (
    SELECT %(words)s::text WHERE set_config('pg_trgm.strict_word_similarity_threshold', '0.4', true) IS NOT NULL
)
ORDER BY strict_word_similarity(%(words)s, s.names) DESC, s.votes DESC, s.id DESC
LIMIT %(limit)s
