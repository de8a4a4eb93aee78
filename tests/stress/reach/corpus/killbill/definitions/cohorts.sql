-- key: cohort, month
-- seen: https://github.com/killbill/killbill-analytics-plugin/blob/master/src/main/resources/reports/new_accounts_per_day.sql
-- large: analytics_invoices
WITH firsts AS (SELECT account_record_id, date_trunc('month', min(invoice_date))::date AS cohort FROM analytics_invoices GROUP BY account_record_id)
SELECT f.cohort, date_trunc('month', i.invoice_date)::date AS month, count(DISTINCT i.account_record_id) AS accounts, sum(i.original_amount_charged) AS amount
FROM analytics_invoices i JOIN firsts f USING (account_record_id)
GROUP BY f.cohort, date_trunc('month', i.invoice_date)::date
