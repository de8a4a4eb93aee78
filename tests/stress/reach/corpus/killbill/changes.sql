INSERT INTO analytics_invoices VALUES (901, 'inv-901', 3, '2026-02-10', 'EUR', 10, 40, false, 1), (902, 'inv-902', 41, '2026-03-10', 'GBP', 0, 5, NULL, 2);
INSERT INTO analytics_invoice_items VALUES (901, 'inv-901', 'RECURRING', 40, 'plan-1', '2026-02-10', '2026-03-10', 1), (902, 'inv-901', 'CBA_ADJ', -5, NULL, NULL, NULL, 1);
INSERT INTO analytics_accounts VALUES (41, 'acc-41', 'Late', 'GBP', NULL, 'acc-2', 2, '2026-03-01');
INSERT INTO analytics_payment_purchases SELECT 950 + n, 'pay-' || n, NULL, n, n, 'EUR', 'SUCCESS', 'late', now() - interval '14 days' + n * interval '0.1 s', 1 FROM generate_series(1, 20) AS n;
-- then --
UPDATE analytics_invoices SET balance = 0 WHERE record_id % 6 = 0;
UPDATE analytics_invoices SET invoice_date = invoice_date + 5, account_record_id = 3 WHERE record_id % 13 = 0;
UPDATE analytics_invoices SET written_off = true WHERE record_id % 17 = 0;
-- then --
DELETE FROM analytics_invoice_items WHERE invoice_id IN ('inv-5', 'inv-6', 'inv-7');
DELETE FROM analytics_invoices WHERE invoice_id IN ('inv-5', 'inv-6');
-- then --
UPDATE analytics_payment_purchases SET payment_transaction_status = 'SUCCESS' WHERE payment_transaction_status = 'PENDING';
UPDATE analytics_payment_purchases SET plugin_name = 'adyen', created_date = created_date - interval '2 days' WHERE record_id % 10 = 0;
INSERT INTO analytics_payment_refunds VALUES (901, 'pay-3', 10, 2.00, 'EUR', 'SUCCESS', now()::timestamp, 1);
-- then --
UPDATE analytics_currency_conversion SET reference_rate = 3 WHERE currency = 'GBP' AND start_date > '2026-01-20';
DELETE FROM analytics_currency_conversion WHERE record_id = 2;
-- then --
DELETE FROM calendar WHERE d BETWEEN '2026-01-10' AND '2026-01-12';
UPDATE analytics_subscription_transitions SET next_end_date = NULL WHERE record_id % 5 = 0;
UPDATE analytics_subscription_transitions SET next_mrr = 0, event = 'STOP_ENTITLEMENT_BASE' WHERE record_id % 21 = 0;
-- then --
TRUNCATE analytics_account_transitions;
-- then --
INSERT INTO analytics_account_transitions SELECT n, n % 10 + 1, 'overdue-service', 'OD1', date '2026-01-02' + n, NULL, 1 FROM generate_series(1, 20) AS n;
UPDATE analytics_accounts SET country = NULL WHERE country = 'FR';
UPDATE analytics_accounts SET country = 'AT', currency = 'EUR' WHERE account_record_id % 10 = 0;
-- then --
DELETE FROM analytics_accounts WHERE account_record_id IN (3, 4);
DELETE FROM analytics_invoices WHERE account_record_id = 4;
DELETE FROM analytics_payment_refunds WHERE record_id % 3 = 0;
-- then --
UPDATE analytics_invoice_items SET amount = CASE WHEN amount IS NULL THEN 7 END WHERE record_id % 6 = 0;
UPDATE analytics_invoice_items SET plan_name = 'plan-9', invoice_id = 'inv-1' WHERE record_id % 31 = 0;
INSERT INTO calendar VALUES ('2026-01-11');
