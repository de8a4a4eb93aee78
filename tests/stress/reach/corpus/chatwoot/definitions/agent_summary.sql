-- key: user_id
-- seen: https://github.com/chatwoot/chatwoot/blob/develop/app/builders/v2/reports/agent_summary_builder.rb
-- large: reporting_events, conversations, csat_survey_responses
SELECT u.id AS user_id, u.name, c.conversations, r.resolved, r.first_response, r.median_reply, s.csat
FROM users u
LEFT JOIN (SELECT assignee_id, count(*) AS conversations FROM conversations GROUP BY assignee_id) c ON c.assignee_id = u.id
LEFT JOIN (
    SELECT user_id, count(*) FILTER (WHERE name = 'conversation_resolved') AS resolved, avg(value_in_business_hours) FILTER (WHERE name = 'first_response') AS first_response,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY value) FILTER (WHERE name = 'reply_time') AS median_reply
    FROM reporting_events GROUP BY user_id
) r ON r.user_id = u.id
LEFT JOIN LATERAL (SELECT round(avg(rating), 2) AS csat FROM csat_survey_responses x WHERE x.assigned_agent_id = u.id) s ON true
