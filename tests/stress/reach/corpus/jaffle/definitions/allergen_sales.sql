-- key: allergen
-- seen: https://github.com/dbt-labs/jaffle-shop/blob/main/models/marts/products.sql
-- large: raw_items
SELECT a.allergen, sum(i.qty) AS sold, sum(i.qty * p.price) AS revenue, array_agg(DISTINCT p.sku ORDER BY p.sku) AS skus, width_bucket(sum(i.qty), 0, 1000, 5) AS bucket
FROM raw_products p, jsonb_array_elements_text(p.description -> 'allergens') AS a(allergen), raw_items i
WHERE i.sku = p.sku
GROUP BY a.allergen
