-- key: entry_id
-- seen: https://github.com/ledgersmb/LedgerSMB/blob/master/sql/modules/trial_balance.sql
-- large: journal_line
SELECT entry_id, sum(debit) AS debit, sum(credit) AS credit FROM journal_line GROUP BY entry_id HAVING sum(debit) IS DISTINCT FROM sum(credit)
