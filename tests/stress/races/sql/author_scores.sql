-- Grouped by a column that may be NULL: entries without an author have a row, too.
SELECT e.author_id, count(*) AS entries, sum(e.score) AS scores, max(e.title) AS last_title
FROM entries AS e
GROUP BY e.author_id
