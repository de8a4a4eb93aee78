-- key: item_code, price_list, valid_from
-- seen: https://docs.getdbt.com/docs/build/snapshots
-- large: item_price, stock_ledger_entry
SELECT v.item_code, v.price_list, v.valid_from, daterange(v.valid_from, v.valid_to) AS during, count(s.name) AS movements, coalesce(sum(-s.actual_qty) FILTER (WHERE s.actual_qty < 0), 0) * v.rate AS revenue
FROM (SELECT item_code, price_list, valid_from, rate, lead(valid_from) OVER (PARTITION BY item_code, price_list ORDER BY valid_from) AS valid_to FROM item_price) v
LEFT JOIN stock_ledger_entry s ON s.item_code = v.item_code AND s.posting_datetime::date >= v.valid_from AND (v.valid_to IS NULL OR s.posting_datetime::date < v.valid_to)
GROUP BY v.item_code, v.price_list, v.valid_from, v.valid_to, v.rate
