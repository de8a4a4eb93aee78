-- key: product_id
-- seen: https://github.com/odoo/odoo/blob/17.0/addons/product_margin/models/product_product.py
-- large: sale_order_line
SELECT p.id AS product_id, t.categ_id, sum(l.price_subtotal) AS total, round(100 * sum(l.price_subtotal) / nullif(sum(sum(l.price_subtotal)) OVER (PARTITION BY t.categ_id), 0), 2) AS percent
FROM sale_order_line l JOIN product_product p ON p.id = l.product_id JOIN product_template t ON t.id = p.product_tmpl_id
GROUP BY p.id, t.categ_id
