UPDATE sales_invoice SET docstatus = 'submitted' WHERE docstatus = 'draft' AND name LIKE '%1';
INSERT INTO sales_invoice VALUES ('SINV-900', 'submitted', 'Customer', 'C3', '2026-02-01', now(), 'C3', '2026-02-15', 500, ROW(500, 'EUR'));
-- then --
DELETE FROM payment_reference WHERE idx = 2 AND parent LIKE '%7';
UPDATE payment_entry SET docstatus = 'cancelled' WHERE name LIKE '%5';
UPDATE payment_reference SET reference_name = 'SINV-900' WHERE parent IN ('PAY-1', 'PAY-2') AND idx = 1;
-- then --
UPDATE item_group SET parent = 'Products' WHERE name = 'Wood';
UPDATE item SET item_group = 'Chairs', disabled = false WHERE item_code IN ('I15', 'I30', 'I4');
UPDATE item SET variant_of = 'I2' WHERE item_code = 'I20';
-- then --
INSERT INTO bom_item VALUES ('BOM-1', 9, 'I7', 2), ('BOM-2', 9, 'I19', 4);
UPDATE bom SET is_default = NOT is_default WHERE name IN ('BOM-6', 'BOM-7');
DELETE FROM bom_item WHERE parent = 'BOM-3';
-- then --
UPDATE stock_ledger_entry SET is_cancelled = true WHERE voucher_no = 'V7';
INSERT INTO stock_ledger_entry SELECT 1000 + n, 'I' || n, 'WH9', timestamp '2026-02-01' + n * interval '1 minute', n - 5, n, 'Stock Entry', 'V900', false FROM generate_series(1, 12) AS n;
UPDATE stock_ledger_entry SET posting_datetime = '2025-12-31' WHERE name IN (50, 100, 150);
-- then --
DELETE FROM item_price WHERE valid_from = '2025-09-29';
INSERT INTO item_price VALUES ('I1', 'Retail', '2026-01-10', NULL, 99), ('I2', 'Retail', '2026-01-10', '2026-01-11', 98);
UPDATE singles SET value = '5' WHERE field = 'reorder_level';
-- then --
UPDATE employee SET reports_to = 5 WHERE id IN (10, 11, 12);
UPDATE employee SET relieved = '2026-02-01', salary = salary + 100 WHERE id % 7 = 0;
DELETE FROM employee WHERE id = 44;
INSERT INTO workflow_action SELECT 500 + n, 'Sales Invoice', 'SINV-' || n, 'Approved', '2026-02-05Z', 'u1' FROM generate_series(1, 30) AS n;
-- then --
DELETE FROM sales_invoice WHERE customer = 'C4';
UPDATE purchase_invoice SET supplier = 'S0', party = 'S0' WHERE supplier = 'S3';
DELETE FROM item WHERE item_code = 'I9';
TRUNCATE workflow_action;
INSERT INTO workflow_action SELECT n, 'Sales Invoice', 'SINV-' || n, 'Open', '2026-02-06Z', NULL FROM generate_series(1, 30) AS n;
