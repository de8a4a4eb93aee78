-- key: repo_id
-- seen: https://github.com/go-gitea/gitea/blob/main/models/activities/statistic.go
-- large: issue, star, watch
SELECT r.id AS repo_id,
    (SELECT COUNT(*) FROM star WHERE star.repo_id = r.id) AS num_stars,
    (SELECT COUNT(*) FROM watch WHERE watch.repo_id = r.id AND mode <> 2) AS num_watches,
    (SELECT COUNT(*) FROM issue WHERE repo_id = r.id AND NOT is_pull) AS num_issues,
    (SELECT COUNT(*) FROM issue WHERE repo_id = r.id AND is_pull AND is_closed) AS num_closed_pulls,
    (SELECT COUNT(*) FROM repository f WHERE f.fork_id = r.id) AS num_forks
FROM repository r
