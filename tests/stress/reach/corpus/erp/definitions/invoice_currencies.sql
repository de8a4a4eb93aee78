-- key: currency, month
-- seen: https://www.postgresql.org/docs/current/rowtypes.html
-- large: sales_invoice
SELECT (total).currency, to_char(posting_date, 'YYYY-MM') AS month, count(*) AS invoices, sum((total).amount) AS amount, max((total).amount) AS largest
FROM sales_invoice WHERE docstatus = 'submitted'
GROUP BY (total).currency, to_char(posting_date, 'YYYY-MM')
