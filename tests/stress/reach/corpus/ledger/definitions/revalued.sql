-- key: currency, month
-- seen: https://github.com/frappe/erpnext/blob/develop/erpnext/accounts/report/financial_statements.py
-- large: journal_line, journal_entry
WITH rates AS (SELECT currency, valid_from, lead(valid_from) OVER (PARTITION BY currency ORDER BY valid_from) AS valid_to, rate FROM fx_rate)
SELECT a.currency, date_trunc('month', e.posted_on)::date AS month, sum(coalesce(l.debit, 0) * coalesce(r.rate, 1)) AS debit
FROM journal_line l JOIN journal_entry e ON e.id = l.entry_id JOIN account a ON a.id = l.account_id
LEFT JOIN rates r ON r.currency = a.currency AND e.posted_on >= r.valid_from AND (r.valid_to IS NULL OR e.posted_on < r.valid_to)
GROUP BY 1, 2
