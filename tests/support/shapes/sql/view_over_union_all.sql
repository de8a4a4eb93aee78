SELECT s.account_id, count(*) AS entries, max(s.score) AS best, min(s.region) AS region
FROM all_scores AS s
GROUP BY s.account_id
