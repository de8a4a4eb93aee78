-- key: visibility, type, actor
-- seen: https://git.pleroma.social/pleroma/pleroma/-/blob/develop/priv/repo/migrations/20190515222404_add_thread_visibility_function.exs
-- large: activities
SELECT CASE WHEN 'public' = ANY (recipients) THEN 'public' WHEN cardinality(recipients) = 0 THEN 'direct' ELSE 'private' END AS visibility, data ->> 'type' AS type, actor, count(*) AS n, max(inserted_at) AS last
FROM activities WHERE local GROUP BY 1, 2, 3
