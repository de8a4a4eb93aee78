-- key: item_code, price_list
-- seen: https://github.com/frappe/erpnext/blob/develop/erpnext/stock/get_item_details.py
-- large: item_price
SELECT p.item_code, t.item_name, t."Item Group", p.price_list, p.rate, p.valid_from
FROM item_price p JOIN item_tree t USING (item_code)
WHERE p.valid_from <= date '2026-01-15' AND COALESCE(p.valid_upto, 'infinity') >= date '2026-01-15'
    AND p.valid_from = (SELECT max(x.valid_from) FROM item_price x WHERE x.item_code = p.item_code AND x.price_list = p.price_list AND x.valid_from <= date '2026-01-15' AND coalesce(x.valid_upto, 'infinity'::date) >= date '2026-01-15')
