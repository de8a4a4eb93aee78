-- key: sku_a, sku_b
-- seen: https://github.com/dbt-labs/jaffle-shop/blob/main/models/marts/order_items.sql
-- large: raw_items
WITH baskets AS (SELECT order_id, array_agg(DISTINCT sku ORDER BY sku) AS skus FROM raw_items GROUP BY order_id HAVING count(DISTINCT sku) > 1)
SELECT a.sku AS sku_a, b.sku AS sku_b, count(*) AS orders
FROM baskets CROSS JOIN LATERAL unnest(skus) WITH ORDINALITY AS a(sku, i) CROSS JOIN LATERAL unnest(skus) WITH ORDINALITY AS b(sku, i)
WHERE a.i < b.i
GROUP BY a.sku, b.sku
