-- key: account_id
-- seen: https://github.com/ledgersmb/LedgerSMB/blob/master/sql/modules/Account.sql
-- large: journal_line
SELECT a.id AS account_id, a.code, coalesce(sum(l.debit), 0) - coalesce(sum(l.credit), 0) AS balance, count(l.*) AS lines
FROM account a LEFT JOIN journal_line l ON l.account_id = a.id
GROUP BY a.id, a.code
