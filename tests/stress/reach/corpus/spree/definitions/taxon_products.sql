-- key: taxon_id
-- seen: https://github.com/spree/spree/blob/main/core/app/models/spree/taxon.rb
-- large: spree_products_taxons
WITH RECURSIVE below(root, id) AS (
    SELECT id, id FROM spree_taxons
    UNION
    SELECT b.root, t.id FROM below b JOIN spree_taxons t ON t.parent_id = b.id
)
SELECT b.root AS taxon_id, count(DISTINCT pt.product_id) AS products
FROM below b JOIN spree_products_taxons pt ON pt.taxon_id = b.id JOIN spree_products p ON p.id = pt.product_id AND p.deleted_at IS NULL
GROUP BY b.root
