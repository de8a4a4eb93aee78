-- key: customer, month
-- seen: https://github.com/frappe/erpnext/blob/develop/erpnext/selling/report/sales_analytics/sales_analytics.py
-- large: sales_invoice
SELECT coalesce(customer, 'Total') AS customer, coalesce(to_char(posting_date, 'YYYY-MM'), 'all') AS month, sum(grand_total) AS total, grouping(customer, to_char(posting_date, 'YYYY-MM')) AS level
FROM sales_invoice WHERE docstatus = 'submitted'
GROUP BY ROLLUP (customer, to_char(posting_date, 'YYYY-MM'))
