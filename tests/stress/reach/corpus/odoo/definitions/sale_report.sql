-- key: order_id, product_id, product_uom
-- seen: https://github.com/odoo/odoo/blob/17.0/addons/sale/report/sale_report.py
-- large: sale_order, sale_order_line
SELECT MIN(l.id) AS id, l.product_id, l.product_uom, t.categ_id, s.id AS order_id, s.name, s.date_order AS date, s.state, partner.country_id,
    SUM(l.product_uom_qty) AS product_uom_qty, SUM(l.qty_delivered) AS qty_delivered, COUNT(*) AS nbr,
    CASE WHEN l.product_id IS NOT NULL THEN SUM(l.price_subtotal / CASE COALESCE(r.rate, 0) WHEN 0 THEN 1.0 ELSE r.rate END) ELSE 0 END AS price_subtotal
FROM sale_order_line l
    LEFT JOIN sale_order s ON s.id = l.order_id
    LEFT JOIN res_partner partner ON s.partner_id = partner.id
    LEFT JOIN product_product p ON l.product_id = p.id
    LEFT JOIN product_template t ON p.product_tmpl_id = t.id
    LEFT JOIN res_currency_rate r ON r.currency_id = s.currency_id AND r.name = (SELECT max(x.name) FROM res_currency_rate x WHERE x.currency_id = s.currency_id AND x.name <= s.date_order)
WHERE l.display_type IS NULL AND s.id IS NOT NULL
GROUP BY l.product_id, l.product_uom, t.categ_id, s.id, s.name, s.date_order, s.state, partner.country_id
