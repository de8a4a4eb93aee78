-- key: account_id, kind
-- seen: https://github.com/ledgersmb/LedgerSMB/blob/master/sql/modules/Reconciliation.sql
-- large: bank_line, journal_line
WITH moves AS (
    SELECT account_id, 'bank' AS kind, amount FROM bank_line
    UNION ALL
    SELECT l.account_id, 'book', coalesce(l.debit, 0) - coalesce(l.credit, 0) FROM journal_line l
)
SELECT m.account_id, m.kind, a.code, sum(m.amount) AS total, count(*) AS moves
FROM moves m JOIN account a ON a.id = m.account_id
GROUP BY m.account_id, m.kind, a.code
