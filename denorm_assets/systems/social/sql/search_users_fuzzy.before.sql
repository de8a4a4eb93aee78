SELECT u.id, u.username, u.display_name, (
        SELECT coalesce(sum(v.value), 0) FROM projects AS p JOIN votes AS v ON v.project_id = p.id
        WHERE p.owner_id = u.id AND p.status = 'published'
    ) AS votes
FROM users AS u
WHERE strict_word_similarity(%(words)s, u.username || ' ' || u.display_name) >= 0.4
ORDER BY strict_word_similarity(%(words)s, u.username || ' ' || u.display_name) DESC, votes DESC, u.id DESC
LIMIT %(limit)s
