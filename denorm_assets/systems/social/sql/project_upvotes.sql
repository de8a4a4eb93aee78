SELECT project_id, count(*) AS upvotes FROM votes WHERE value = 1 GROUP BY project_id
