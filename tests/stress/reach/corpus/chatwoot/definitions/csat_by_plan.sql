-- key: plan, week
-- seen: https://github.com/chatwoot/chatwoot/blob/develop/app/builders/csat_surveys/response_builder.rb
-- large: csat_survey_responses, conversations
SELECT a.custom_attributes ->> 'plan' AS plan, date_trunc('week', s.created_at) AS week, count(*) AS responses, count(*) FILTER (WHERE s.rating >= 4) * 100 / count(*) AS score, mode() WITHIN GROUP (ORDER BY s.rating) AS usual
FROM csat_survey_responses s JOIN conversations v ON v.id = s.conversation_id JOIN accounts a ON a.id = v.account_id
GROUP BY a.custom_attributes ->> 'plan', date_trunc('week', s.created_at)
