-- key: store
-- seen: https://github.com/dbt-labs/jaffle-shop/blob/main/models/marts/locations.sql
-- large: raw_orders
SELECT store, count(*) AS customers, count(*) FILTER (WHERE orders > 1) AS repeaters, avg(orders) AS mean, max(gap) AS longest_gap
FROM (
    SELECT coalesce(store_id, 'web') AS store, user_id, count(*) AS orders, max(gap) AS gap
    FROM (SELECT store_id, user_id, order_date - lag(order_date) OVER (PARTITION BY coalesce(store_id, 'web'), user_id ORDER BY order_date, id) AS gap FROM raw_orders) g
    GROUP BY coalesce(store_id, 'web'), user_id
) per_customer
GROUP BY store
