-- key: name
-- seen: https://github.com/frappe/erpnext/blob/develop/erpnext/stock/report/stock_ledger/stock_ledger.py
-- large: stock_ledger_entry
SELECT name, item_code, warehouse, actual_qty, sum(actual_qty) OVER w AS qty_after, last_value(valuation_rate) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS rate,
    count(*) FILTER (WHERE actual_qty < 0) OVER w AS issues
FROM stock_ledger_entry WHERE NOT is_cancelled
WINDOW w AS (PARTITION BY item_code, warehouse ORDER BY posting_datetime, name)
