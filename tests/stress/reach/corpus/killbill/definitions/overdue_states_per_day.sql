-- key: tenant_record_id, state, day
-- seen: https://github.com/killbill/killbill-analytics-plugin/blob/master/src/main/resources/reports/overdue_states_per_day.sql
-- large: analytics_account_transitions
SELECT t.tenant_record_id, t.state, c.d AS day, count(*) AS accounts
FROM analytics_account_transitions t JOIN calendar c ON t.start_date <= c.d AND coalesce(t.end_date, DATE '2099-12-31') > c.d
WHERE t.service = 'overdue-service' GROUP BY 1, 2, 3
