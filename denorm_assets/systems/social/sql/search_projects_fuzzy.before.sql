SELECT p.id, p.slug, p.title, u.username AS owner,
    (SELECT coalesce(sum(v.value), 0) FROM votes AS v WHERE v.project_id = p.id) AS votes
FROM projects AS p
JOIN users AS u ON u.id = p.owner_id
WHERE p.status = 'published' AND strict_word_similarity(%(words)s, p.title) >= 0.25
ORDER BY strict_word_similarity(%(words)s, p.title) DESC, votes DESC, p.id DESC
LIMIT %(limit)s
