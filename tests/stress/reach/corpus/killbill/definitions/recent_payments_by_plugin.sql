-- key: plugin_name, payment_transaction_status
-- seen: https://github.com/killbill/killbill-analytics-plugin/blob/master/src/main/resources/system/system_report_payments_per_day.sql
-- large: analytics_payment_purchases
-- time: yes
SELECT plugin_name, payment_transaction_status, count(*) AS payments, sum(amount) AS amount
FROM analytics_payment_purchases
WHERE created_date > now() - interval '14 days' AND plugin_name IS NOT NULL
GROUP BY plugin_name, payment_transaction_status
