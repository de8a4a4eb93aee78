-- key: item_code
-- seen: https://github.com/frappe/erpnext/blob/develop/erpnext/stock/reorder_item.py
-- large: stock_ledger_entry
SELECT i.item_code, coalesce(sum(s.actual_qty), 0) AS on_hand, (SELECT value::numeric FROM singles WHERE doctype = 'Stock Settings' AND field = 'reorder_level') - coalesce(sum(s.actual_qty), 0) AS missing
FROM item i LEFT JOIN stock_ledger_entry s ON s.item_code = i.item_code AND NOT s.is_cancelled
WHERE NOT i.disabled AND i.item_code NOT IN (SELECT variant_of FROM item WHERE variant_of IS NOT NULL)
GROUP BY i.item_code
HAVING coalesce(sum(s.actual_qty), 0) < (SELECT value::numeric FROM singles WHERE doctype = 'Stock Settings' AND field = 'reorder_level')
