-- key: item_group, warehouse
-- seen: https://github.com/frappe/erpnext/blob/develop/erpnext/stock/report/stock_balance/stock_balance.py
-- large: stock_ledger_entry, item
SELECT g.name AS item_group, sle.warehouse, sum(sle.actual_qty) AS qty, count(DISTINCT i.item_code) AS items
FROM item_group g JOIN item_group s ON s.lft >= g.lft AND s.rgt <= g.rgt JOIN item i ON i.item_group = s.name JOIN stock_ledger_entry sle ON sle.item_code = i.item_code AND NOT sle.is_cancelled
GROUP BY g.name, sle.warehouse
