-- key: low, high
-- seen: https://github.com/solidusio/solidus/blob/main/core/app/models/spree/line_item.rb
-- large: spree_line_items
SELECT least(a.variant_id, b.variant_id) AS low, greatest(a.variant_id, b.variant_id) AS high, count(DISTINCT a.order_id) AS orders
FROM spree_line_items a JOIN spree_line_items b ON b.order_id = a.order_id AND b.variant_id > a.variant_id
GROUP BY least(a.variant_id, b.variant_id), greatest(a.variant_id, b.variant_id)
