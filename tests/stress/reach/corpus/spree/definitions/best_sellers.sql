-- key: product_id
-- seen: https://github.com/spree/spree/blob/main/core/app/models/spree/product.rb
-- large: spree_line_items
SELECT v.product_id, sum(li.quantity) AS sold, rank() OVER (ORDER BY sum(li.quantity) DESC) AS rank
FROM spree_line_items li JOIN spree_variants v ON v.id = li.variant_id JOIN spree_orders o ON o.id = li.order_id AND o.completed_at IS NOT NULL
GROUP BY v.product_id
ORDER BY sold DESC, v.product_id
LIMIT 20
