INSERT INTO sale_order VALUES (501, 'S501', 3, 'sale', '2026-02-20', 2, 1, 1), (502, 'S502', NULL, 'draft', '2026-02-20', 1, NULL, 2);
INSERT INTO sale_order_line VALUES (901, 501, 3, 1, 4, 2, 99.90, 0, NULL), (902, 501, 3, 1, 1, NULL, 10.00, 5, NULL), (903, 502, NULL, 1, 1, NULL, NULL, 0, 'line_note');
-- then --
UPDATE sale_order SET state = 'cancel' WHERE id % 9 = 0;
UPDATE sale_order_line SET order_id = 501 WHERE order_id = 7;
UPDATE sale_order_line SET qty_delivered = product_uom_qty WHERE id % 6 = 0;
-- then --
DELETE FROM sale_order_line WHERE order_id IN (10, 11);
DELETE FROM sale_order WHERE id IN (10, 11, 12);
-- then --
UPDATE product_product SET product_tmpl_id = 2, active = true WHERE id % 8 = 0;
UPDATE product_template SET categ_id = NULL, name = '{"en_US": "Renamed", "de_DE": "Neu"}' WHERE id = 4;
UPDATE res_partner SET country_id = NULL WHERE country_id = 2;
-- then --
DELETE FROM res_currency_rate WHERE currency_id = 2 AND name > '2026-01-15';
INSERT INTO res_currency_rate VALUES (901, 3, '2026-01-05', 2.5), (902, 1, '2026-02-25', 0.9);
UPDATE res_currency_rate SET rate = rate * 2 WHERE id % 4 = 0;
-- then --
UPDATE account_move SET state = 'posted' WHERE state = 'draft' AND id % 2 = 0;
UPDATE account_move SET amount_residual = 0, partner_id = partner_id % 30 + 1 WHERE id % 6 = 0;
DELETE FROM account_move_line WHERE move_id = 8;
DELETE FROM account_move WHERE id = 8;
-- then --
TRUNCATE stock_quant;
-- then --
INSERT INTO stock_quant SELECT n, n % 5 + 1, n % 9 + 1, n, 1 FROM generate_series(1, 30) AS n;
UPDATE stock_move SET state = 'done', location_dest_id = 1 WHERE state = 'assigned' AND id % 2 = 0;
UPDATE stock_location SET usage = 'internal' WHERE id IN (2, 4);
-- then --
UPDATE account_move_line SET account_id = NULL, balance = NULL WHERE id % 17 = 0;
UPDATE account_move_line SET date = date + 31, account_id = 3 WHERE id % 13 = 0;
UPDATE account_account SET account_type = 'equity' WHERE id = 5;
DELETE FROM account_account WHERE id = 6;
