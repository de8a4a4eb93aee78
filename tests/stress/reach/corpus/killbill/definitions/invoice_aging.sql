-- key: account_record_id
-- seen: https://github.com/killbill/killbill-analytics-plugin/blob/master/src/main/resources/extracts/finance/invoice_aging.sql
-- large: analytics_invoices
SELECT i.account_record_id, a.name, a.currency, sum(i.balance) AS balance, sum(round(i.balance * c.reference_rate, 2)) AS converted, min(i.invoice_date) AS oldest
FROM analytics_invoices i
JOIN analytics_accounts a ON a.account_record_id = i.account_record_id
LEFT JOIN analytics_currency_conversion c ON i.invoice_date >= c.start_date AND i.invoice_date <= c.end_date AND c.currency = i.currency
WHERE i.balance > 0
GROUP BY i.account_record_id, a.name, a.currency
