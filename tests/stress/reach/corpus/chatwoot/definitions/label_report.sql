-- key: label, day
-- seen: https://github.com/chatwoot/chatwoot/blob/develop/app/builders/v2/reports/label_summary_builder.rb
-- large: conversations
SELECT trim(l.label) AS label, v.created_at::date AS day, count(*) AS conversations, count(*) FILTER (WHERE v.status = 1) AS resolved
FROM conversations v CROSS JOIN LATERAL regexp_split_to_table(v.cached_label_list, ',') AS l(label)
GROUP BY trim(l.label), v.created_at::date
