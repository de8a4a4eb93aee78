-- key: customer
-- seen: https://github.com/frappe/erpnext/blob/develop/erpnext/selling/report/inactive_customers/inactive_customers.py
-- large: sales_invoice
SELECT customer, max(posting_date) AS last_order, count(*) AS orders, sum(grand_total) AS total
FROM sales_invoice s
WHERE docstatus = 'submitted'
GROUP BY customer
HAVING max(posting_date) < (SELECT max(posting_date) FROM sales_invoice WHERE docstatus = 'submitted') - 20
