-- key: product_id, location_id
-- seen: https://github.com/odoo/odoo/blob/17.0/addons/stock/report/report_stock_quantity.py
-- large: stock_move, stock_quant
SELECT product_id, location_id, SUM(qty) AS forecast, MAX(at) AS last_move
FROM (
    SELECT m.product_id, m.location_dest_id AS location_id, m.product_qty AS qty, m.date AS at FROM stock_move m WHERE m.state IN ('assigned', 'done')
    UNION ALL
    SELECT m.product_id, m.location_id, -m.product_qty, m.date FROM stock_move m WHERE m.state IN ('assigned', 'done')
    UNION ALL
    SELECT q.product_id, q.location_id, q.quantity, NULL FROM stock_quant q
) AS forecast_qty
GROUP BY product_id, location_id
