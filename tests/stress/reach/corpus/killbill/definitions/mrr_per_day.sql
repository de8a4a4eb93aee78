-- key: tenant_record_id, day
-- seen: https://github.com/killbill/killbill-analytics-plugin/blob/master/src/main/resources/reports/mrr_per_day.sql
-- large: analytics_subscription_transitions
SELECT ast.tenant_record_id, cal.d AS day, sum(ast.next_mrr) AS mrr, count(DISTINCT ast.subscription_id) AS subscriptions
FROM calendar cal
JOIN analytics_subscription_transitions ast ON ast.next_start_date::date <= cal.d AND (ast.next_end_date::date > cal.d OR ast.next_end_date IS NULL)
WHERE ast.next_mrr > 0
GROUP BY ast.tenant_record_id, cal.d
