-- key: tenant_record_id, currency, day
-- seen: https://github.com/killbill/killbill-analytics-plugin/blob/master/src/main/resources/reports/invoices_per_day.sql
-- large: analytics_invoices
SELECT tenant_record_id, currency, day, count FROM v_report_invoices_daily
