-- key: email
-- seen: https://github.com/spree/spree/blob/main/core/app/models/spree/order.rb
-- large: spree_orders
SELECT lower(email) AS email, count(*) AS orders, sum(total) AS spent, min(completed_at) AS first_order, max(completed_at) AS last_order
FROM spree_orders WHERE completed_at IS NOT NULL AND email IS NOT NULL AND state <> 'canceled'
GROUP BY lower(email)
