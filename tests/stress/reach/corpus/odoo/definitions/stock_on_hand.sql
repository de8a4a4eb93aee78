-- key: product_id
-- seen: https://github.com/odoo/odoo/blob/17.0/addons/stock/models/product.py
-- large: stock_quant
SELECT p.id AS product_id, t.name ->> 'en_US' AS product, coalesce(sum(q.quantity), 0) AS quantity, coalesce(sum(q.quantity - q.reserved_quantity), 0) AS available,
    count(DISTINCT q.location_id) FILTER (WHERE q.quantity > 0) AS locations
FROM product_product p
JOIN product_template t ON t.id = p.product_tmpl_id
LEFT JOIN (stock_quant q JOIN stock_location l ON l.id = q.location_id AND l.usage = 'internal') ON q.product_id = p.id
GROUP BY p.id, t.id
