-- key: lines
-- seen: https://github.com/ledgersmb/LedgerSMB/blob/master/sql/modules/Report.sql
-- large: journal_line
SELECT sum(debit) - sum(credit) AS check_sum, count(*) AS lines, max(entry_id) AS last_entry FROM journal_line
