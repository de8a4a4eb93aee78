-- key: customer
-- seen: https://github.com/frappe/erpnext/blob/develop/erpnext/accounts/report/accounts_receivable/accounts_receivable.py
-- large: sales_invoice, payment_reference
WITH paid AS (
    SELECT pr.reference_name, sum(pr.allocated) AS amount FROM payment_reference pr JOIN payment_entry pe ON pe.name = pr.parent AND pe.docstatus = 'submitted'
    WHERE pr.reference_doctype = 'Sales Invoice' GROUP BY pr.reference_name
), open AS (
    SELECT si.customer, si.name, si.grand_total - coalesce(p.amount, 0) AS outstanding, date '2026-02-01' - si.due_date AS age
    FROM sales_invoice si LEFT JOIN paid p ON p.reference_name = si.name WHERE si.docstatus = 'submitted'
)
SELECT customer, sum(outstanding) AS outstanding, sum(outstanding) FILTER (WHERE age <= 0 OR age IS NULL) AS current, sum(outstanding) FILTER (WHERE age BETWEEN 1 AND 30) AS d30,
    sum(outstanding) FILTER (WHERE age BETWEEN 31 AND 60) AS d60, sum(CASE WHEN age > 60 THEN outstanding ELSE 0 END) AS older, max(age) AS oldest
FROM open WHERE outstanding <> 0 GROUP BY customer
