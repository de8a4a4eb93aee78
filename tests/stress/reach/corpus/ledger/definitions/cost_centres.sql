-- key: cost_centre, kind, level
-- seen: https://github.com/odoo/odoo/blob/17.0/addons/analytic/models/analytic_line.py
-- large: journal_line
SELECT upper(l.cost_centre) AS cost_centre, a.kind, grouping(upper(l.cost_centre), a.kind) AS level, sum(l.debit) AS debit, sum(l.credit) AS credit
FROM journal_line l JOIN account a ON a.id = l.account_id
WHERE l.cost_centre IS NOT NULL
GROUP BY CUBE (upper(l.cost_centre), a.kind)
