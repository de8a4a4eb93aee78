-- key: product_id
-- seen: https://github.com/spree/spree/blob/main/core/app/models/spree/product.rb
-- large: spree_products, spree_variants
-- time: yes
SELECT p.id AS product_id, p.name, min(pr.amount) AS price, count(DISTINCT v.id) AS variants, bool_or(s.count_on_hand > 0 OR s.backorderable) AS in_stock
FROM spree_products p
JOIN spree_variants v ON v.product_id = p.id AND v.deleted_at IS NULL
LEFT JOIN spree_prices pr ON pr.variant_id = v.id AND pr.currency = 'USD'
LEFT JOIN spree_stock_items s ON s.variant_id = v.id
WHERE p.deleted_at IS NULL AND p.available_on <= now() AND (p.discontinue_on IS NULL OR p.discontinue_on >= now())
GROUP BY p.id
