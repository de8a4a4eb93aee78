-- key: entry_id, line_no
-- seen: https://github.com/Gnucash/gnucash/tree/stable/libgnucash/backend/sql
-- large: journal_line, journal_entry
SELECT l.entry_id, l.line_no, coalesce(l.debit, -l.credit) * coalesce(r.rate, 1) AS amount, r.valid_from
FROM journal_line l JOIN journal_entry e ON e.id = l.entry_id JOIN account a ON a.id = l.account_id
LEFT JOIN LATERAL (SELECT rate, valid_from FROM fx_rate f WHERE f.currency = a.currency AND f.valid_from <= e.posted_on ORDER BY f.valid_from DESC LIMIT 1) r ON true
