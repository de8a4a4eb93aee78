-- key: entry_id, line_no
-- seen: https://github.com/ledgersmb/LedgerSMB/blob/master/sql/modules/Report.sql
-- large: journal_line, journal_entry
SELECT l.entry_id, l.line_no, l.account_id, e.posted_on, sum(coalesce(l.debit, 0) - coalesce(l.credit, 0)) OVER w AS balance
FROM journal_line l JOIN journal_entry e ON e.id = l.entry_id
WINDOW w AS (PARTITION BY l.account_id ORDER BY e.posted_on, l.entry_id, l.line_no ROWS UNBOUNDED PRECEDING)
