-- key: account_id, month
-- seen: https://github.com/odoo/odoo/blob/17.0/addons/account/models/account_move_line.py
-- large: account_move_line, account_move
SELECT l.account_id, a.code, date_trunc('month', l.date)::date AS month, sum(l.debit) AS debit, sum(l.credit) AS credit, sum(l.balance) AS balance
FROM account_move_line l JOIN account_move m ON m.id = l.move_id AND m.state = 'posted' JOIN account_account a ON a.id = l.account_id
GROUP BY l.account_id, a.code, date_trunc('month', l.date)::date
