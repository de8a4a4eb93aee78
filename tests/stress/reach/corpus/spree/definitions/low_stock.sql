-- key: variant_id
-- seen: https://github.com/solidusio/solidus/blob/main/core/app/models/spree/stock/quantifier.rb
-- large: spree_stock_items
SELECT v.id AS variant_id, v.sku, sum(s.count_on_hand) AS on_hand
FROM spree_variants v JOIN spree_stock_items s ON s.variant_id = v.id
WHERE v.deleted_at IS NULL
GROUP BY v.id
HAVING sum(s.count_on_hand) < (SELECT value::int FROM spree_preferences WHERE key = 'low_stock')
