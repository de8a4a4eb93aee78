-- key: tenant_record_id, day
-- seen: https://github.com/killbill/killbill-analytics-plugin/blob/master/src/main/resources/reports/conversions_per_day.sql
-- large: analytics_subscription_transitions
SELECT tenant_record_id, date(next_start_date) AS day, count(0) AS count
FROM analytics_subscription_transitions
WHERE prev_phase = 'TRIAL' AND next_phase <> 'TRIAL' AND event <> 'STOP_ENTITLEMENT_BASE'
GROUP BY 1, 2
