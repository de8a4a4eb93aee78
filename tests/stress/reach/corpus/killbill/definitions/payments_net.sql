-- key: tenant_record_id, currency
-- seen: https://github.com/killbill/killbill-analytics-plugin/blob/master/src/main/resources/reports/payments_per_day.sql
-- large: analytics_payment_purchases, analytics_payment_refunds
WITH moves AS (
    SELECT tenant_record_id, currency, amount FROM analytics_payment_purchases WHERE payment_transaction_status = 'SUCCESS'
    UNION ALL
    SELECT tenant_record_id, currency, -amount FROM analytics_payment_refunds WHERE payment_transaction_status = 'SUCCESS'
)
SELECT tenant_record_id, currency, sum(amount) AS net, count(*) AS moves FROM moves GROUP BY tenant_record_id, currency
