-- key: account_id
-- seen: https://github.com/ledgersmb/LedgerSMB/blob/master/sql/modules/trial_balance.sql
-- large: journal_line
WITH RECURSIVE tree AS (
    SELECT id, parent_id, code AS path FROM account WHERE parent_id IS NULL
    UNION ALL
    SELECT a.id, a.parent_id, t.path || '/' || a.code FROM account a JOIN tree t ON t.id = a.parent_id
)
SELECT t.id AS account_id, t.path, (SELECT sum(debit) FROM journal_line l WHERE l.account_id = t.id) AS debit FROM tree t
