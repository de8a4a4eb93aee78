INSERT INTO spree_orders VALUES (901, 'R901', 'MAIL1@shop.example', 'complete', 99, '2026-02-02', 'paid');
INSERT INTO spree_line_items VALUES (901, 3, 901, 2, 10), (902, 4, 901, 1, 79);
INSERT INTO spree_payments VALUES (901, 901, 99, 'completed');
UPDATE spree_products SET available_on = now() + id * interval '0.1 s' WHERE id % 5 = 1;
UPDATE spree_products SET discontinue_on = now() + id * interval '0.1 s' WHERE id % 5 = 2;
-- then --
UPDATE spree_orders SET state = 'canceled' WHERE id % 11 = 0;
UPDATE spree_orders SET completed_at = NULL, email = NULL WHERE id % 17 = 1;
UPDATE spree_line_items SET order_id = 901 WHERE order_id = 6;
-- then --
UPDATE spree_variants SET product_id = 3 WHERE product_id = 4 AND NOT is_master;
UPDATE spree_variants SET deleted_at = CASE WHEN deleted_at IS NULL THEN timestamp '2026-02-01' END WHERE id % 10 = 9;
-- then --
DELETE FROM spree_line_items WHERE order_id IN (20, 21);
DELETE FROM spree_payments WHERE order_id IN (20, 21);
DELETE FROM spree_orders WHERE id IN (20, 21, 22);
-- then --
UPDATE spree_preferences SET value = '6' WHERE key = 'low_stock';
UPDATE spree_stock_items SET count_on_hand = 0 WHERE variant_id % 9 = 0;
-- then --
UPDATE spree_taxons SET parent_id = 1 WHERE id IN (9, 10);
DELETE FROM spree_taxons WHERE id = 13;
UPDATE spree_products_taxons SET taxon_id = 13 WHERE taxon_id = 11;
-- then --
TRUNCATE spree_adjustments;
-- then --
INSERT INTO spree_adjustments SELECT n, n, 'Spree::LineItem', 'Spree::TaxRate', 1.5, true, n FROM generate_series(1, 50) AS n;
UPDATE spree_payments SET state = 'completed', amount = amount + 1 WHERE state = 'failed';
-- then --
UPDATE spree_prices SET amount = CASE WHEN amount IS NULL THEN 5 END WHERE id % 6 = 0;
DELETE FROM spree_prices WHERE variant_id IN (5, 6);
UPDATE spree_products SET deleted_at = NULL, available_on = now()::timestamp - interval '1 day' WHERE id % 7 = 0;
DELETE FROM spree_variants WHERE product_id = 9;
DELETE FROM spree_products WHERE id = 9;
