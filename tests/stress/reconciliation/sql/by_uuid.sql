SELECT id, body, length(body) AS letters, seen
FROM papers
