-- key: account_id, month
-- seen: https://github.com/frappe/erpnext/blob/develop/erpnext/accounts/report/budget_variance_report/budget_variance_report.py
-- large: journal_line, journal_entry
SELECT coalesce(b.account_id, a.account_id) AS account_id, coalesce(b.month, a.month) AS month, b.amount AS budget, a.amount AS actual, coalesce(a.amount, 0) - coalesce(b.amount, 0) AS variance
FROM budget b FULL OUTER JOIN (
    SELECT l.account_id, date_trunc('month', e.posted_on)::date AS month, sum(coalesce(l.debit, 0) - coalesce(l.credit, 0)) AS amount
    FROM journal_line l JOIN journal_entry e ON e.id = l.entry_id GROUP BY 1, 2
) a ON a.account_id = b.account_id AND a.month = b.month
