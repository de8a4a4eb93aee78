-- key: id
-- seen: https://github.com/ledgersmb/LedgerSMB/blob/master/sql/modules/Reconciliation.sql
-- large: bank_line, journal_line
SELECT b.id, b.account_id, b.amount FROM bank_line b
WHERE b.matched_entry IS NULL OR NOT EXISTS (SELECT FROM journal_line l WHERE l.entry_id = b.matched_entry AND coalesce(l.debit, l.credit) = abs(b.amount))
