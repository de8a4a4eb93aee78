-- key: account_id, month
-- seen: https://github.com/frappe/erpnext/blob/develop/erpnext/accounts/report/financial_statements.py
-- large: journal_line, journal_entry
SELECT l.account_id, to_char(e.posted_on, 'YYYY-MM') AS month, sum(l.debit) AS debit, sum(l.credit) AS credit
FROM journal_line l JOIN journal_entry e ON l.entry_id = e.id CROSS JOIN fiscal_setting f
WHERE e.posted_on >= f.year_start AND e.reversed_by IS NULL
GROUP BY l.account_id, month
