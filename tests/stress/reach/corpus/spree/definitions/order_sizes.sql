-- key: size, state
-- seen: https://github.com/spree/spree/blob/main/core/app/models/spree/order.rb
-- large: spree_orders
SELECT CASE WHEN total < 100 THEN 'small' WHEN total < 300 THEN 'medium' ELSE 'large' END AS size, state, count(*) AS orders, sum(total) AS total
FROM spree_orders GROUP BY 1, state
