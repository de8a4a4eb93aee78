-- key: topic_id
-- seen: https://github.com/chatwoot/chatwoot/blob/develop/app/builders/v2/reports/conversations/metric_builder.rb
-- large: message
SELECT topic_id, avg(created_at - previous) AS mean_gap, percentile_cont(0.9) WITHIN GROUP (ORDER BY extract(epoch FROM created_at - previous)) AS p90, count(*) FILTER (WHERE user_id <> before) AS turns
FROM (
    SELECT topic_id, user_id, created_at, lag(created_at) OVER w AS previous, lag(user_id) OVER w AS before
    FROM active_message WINDOW w AS (PARTITION BY topic_id ORDER BY created_at, id)
) x
GROUP BY topic_id
