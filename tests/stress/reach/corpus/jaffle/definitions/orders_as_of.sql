-- key: order_key
-- seen: https://docs.getdbt.com/docs/build/snapshots
-- large: raw_orders, customer_history
SELECT md5(o.order_id::text || '-' || coalesce(o.customer_id::text, '')) AS order_key, o.order_id, o.order_date, coalesce(h.segment, 'unknown') AS segment_then, cur.segment AS segment_now
FROM stg_orders o
LEFT JOIN customer_history h ON h.id = o.customer_id AND o.order_date::timestamp AT TIME ZONE 'UTC' >= h.valid_from AND o.order_date::timestamp AT TIME ZONE 'UTC' < coalesce(h.valid_to, timestamptz '9999-12-31Z')
LEFT JOIN customer_history cur ON cur.id = o.customer_id AND cur.valid_to IS NULL
