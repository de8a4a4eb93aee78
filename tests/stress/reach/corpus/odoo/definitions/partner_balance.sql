-- key: partner_id
-- seen: https://github.com/odoo/odoo/blob/17.0/addons/account/models/partner.py
-- large: account_move
SELECT COALESCE(p.commercial_partner_id, p.id) AS partner_id,
    SUM(CASE WHEN m.move_type = 'out_refund' THEN -m.amount_residual ELSE m.amount_residual END) AS due, COUNT(*) AS moves
FROM account_move m JOIN res_partner p ON p.id = m.partner_id
WHERE m.state = 'posted' AND m.move_type IN ('out_invoice', 'out_refund')
GROUP BY COALESCE(p.commercial_partner_id, p.id)
