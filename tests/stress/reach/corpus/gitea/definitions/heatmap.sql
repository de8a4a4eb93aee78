-- key: user_id, day
-- seen: https://github.com/go-gitea/gitea/blob/main/models/activities/user_heatmap.go
-- large: action
SELECT user_id, created_unix / 86400 * 86400 AS day, count(user_id) AS contributions
FROM action WHERE NOT is_deleted AND user_id = act_user_id OR op_type = 5
GROUP BY user_id, created_unix / 86400 * 86400
