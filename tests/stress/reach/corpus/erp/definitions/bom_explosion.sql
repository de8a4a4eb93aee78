-- key: item, component
-- seen: https://github.com/frappe/erpnext/blob/develop/erpnext/manufacturing/report/bom_explorer/bom_explorer.py
-- large: bom_item
WITH RECURSIVE explosion AS (
    SELECT b.item, bi.item_code AS component, (bi.qty / b.quantity)::numeric AS qty, 1 AS level FROM default_bom b JOIN bom_item bi ON bi.parent = b.name
    UNION ALL
    SELECT e.item, bi.item_code, e.qty * bi.qty / b.quantity, e.level + 1 FROM explosion e JOIN default_bom b ON b.item = e.component JOIN bom_item bi ON bi.parent = b.name WHERE e.level < 6
)
SELECT item, component, round(sum(qty), 4) AS qty, min(level) AS level FROM explosion GROUP BY item, component
