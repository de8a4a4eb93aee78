-- key: id
-- seen: https://hasura.io/docs/2.0/schema/postgres/views/
-- large: raw_orders, raw_items, raw_payments
SELECT o.id, to_jsonb(o) - 'store_id' || jsonb_build_object(
        'customer', (SELECT jsonb_build_object('id', c.id, 'name', concat_ws(' ', c.first_name, c.last_name)) FROM raw_customers c WHERE c.id = o.user_id),
        'items', coalesce((SELECT jsonb_agg(jsonb_build_object('sku', i.sku, 'qty', i.qty, 'name', p.name) ORDER BY i.sku, i.id) FROM raw_items i LEFT JOIN raw_products p USING (sku) WHERE i.order_id = o.id), '[]'),
        'paid', (SELECT sum(amount) FROM raw_payments x WHERE x.order_id = o.id)
    ) AS document
FROM raw_orders o
