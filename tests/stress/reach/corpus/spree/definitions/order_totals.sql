-- key: order_id
-- seen: https://github.com/spree/spree/blob/main/core/app/models/spree/order_updater.rb
-- large: spree_orders, spree_line_items, spree_adjustments, spree_payments
SELECT o.id AS order_id, o.number, coalesce(li.item_total, 0) AS item_total, coalesce(adj.adjustment_total, 0) AS adjustment_total, coalesce(adj.tax_total, 0) AS tax_total, coalesce(pay.payment_total, 0) AS payment_total,
    coalesce(li.item_total, 0) + coalesce(adj.adjustment_total, 0) - coalesce(pay.payment_total, 0) AS outstanding
FROM spree_orders o
LEFT JOIN LATERAL (SELECT sum(price * quantity) AS item_total FROM spree_line_items WHERE order_id = o.id) li ON true
LEFT JOIN LATERAL (SELECT sum(amount) AS adjustment_total, sum(amount) FILTER (WHERE source_type = 'Spree::TaxRate') AS tax_total FROM spree_adjustments WHERE order_id = o.id AND eligible) adj ON true
LEFT JOIN LATERAL (SELECT sum(amount) AS payment_total FROM spree_payments WHERE order_id = o.id AND state = 'completed') pay ON true
