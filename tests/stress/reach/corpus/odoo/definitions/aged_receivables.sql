-- key: partner_id
-- seen: https://github.com/odoo/odoo/blob/17.0/addons/account/models/account_move.py
-- large: account_move
-- time: yes
SELECT partner_id,
    sum(amount_residual) FILTER (WHERE invoice_date_due >= current_date) AS not_due,
    sum(amount_residual) FILTER (WHERE invoice_date_due < current_date AND invoice_date_due >= current_date - 30) AS d30,
    sum(amount_residual) FILTER (WHERE invoice_date_due < current_date - 30) AS older
FROM account_move WHERE state = 'posted' AND amount_residual > 0
GROUP BY partner_id
