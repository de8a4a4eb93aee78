INSERT INTO raw_orders SELECT 500 + n, n, date '2026-02-01', 'completed', 'store1' FROM generate_series(1, 20) AS n;
INSERT INTO raw_payments SELECT 500 + n, 500 + n, 'coupon', 700 FROM generate_series(1, 20) AS n;
-- then --
UPDATE raw_orders SET status = 'returned' WHERE id % 11 = 0;
UPDATE raw_orders SET order_date = order_date - 30, user_id = 3 WHERE id BETWEEN 40 AND 45;
-- then --
DELETE FROM raw_payments WHERE payment_method = 'gift_card' AND amount < 500;
UPDATE raw_payments SET order_id = 7 WHERE id % 31 = 0;
-- then --
UPDATE stripe_subscriptions SET canceled_at = '2026-01-15Z' WHERE id LIKE '%4';
UPDATE stripe_subscriptions SET mrr = mrr + 5, plan = 'team' WHERE id LIKE '%7';
INSERT INTO stripe_subscriptions VALUES ('sub_900', 5, 'pro', 20, '2025-12-01Z', NULL);
-- then --
UPDATE customer_history SET valid_to = '2025-12-01Z' WHERE valid_to IS NULL AND id % 2 = 0;
INSERT INTO customer_history SELECT id, 'late', '2025-12-01Z', NULL FROM raw_customers WHERE id % 2 = 0;
DELETE FROM customer_history WHERE id = 9;
-- then --
UPDATE raw_products SET price = price + 10, description = NULL WHERE sku IN ('SKU2', 'SKU4');
DELETE FROM raw_items WHERE order_id % 13 = 0;
UPDATE raw_items SET sku = 'SKU1', qty = 9 WHERE order_id % 17 = 1;
-- then --
DELETE FROM stripe_balance_transactions WHERE type = 'adjustment' AND currency = 'eur';
UPDATE stripe_balance_transactions SET created_at = created_at + interval '3 days', connected_account = NULL WHERE id LIKE '%5';
UPDATE survey_answers SET answer = '10' WHERE response_id % 6 = 0;
DELETE FROM survey_answers WHERE question = 'age' AND response_id > 40;
-- then --
DELETE FROM raw_customers WHERE id IN (4, 8);
UPDATE raw_customers SET first_name = NULL, company_id = 2 WHERE id % 10 = 1;
UPDATE date_spine SET is_holiday = true WHERE day = '2025-12-25';
DELETE FROM date_spine WHERE day > '2026-02-15';
TRUNCATE raw_payments;
INSERT INTO raw_payments SELECT n, n, 'coupon', 250 FROM generate_series(1, 100) AS n;
