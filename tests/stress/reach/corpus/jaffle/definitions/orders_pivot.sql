-- key: order_id
-- seen: https://github.com/dbt-labs/jaffle_shop/blob/main/models/orders.sql
-- large: raw_orders, raw_payments
with order_payments as (
    select order_id,
        sum(case when payment_method = 'credit_card' then amount else 0 end) as credit_card_amount,
        sum(case when payment_method = 'coupon' then amount else 0 end) as coupon_amount,
        sum(case when payment_method = 'gift_card' then amount else 0 end) as gift_card_amount,
        sum(amount) as total_amount
    from stg_payments group by order_id
)
select orders.order_id, orders.customer_id, orders.order_date, orders.status, order_payments.*, row_number() over (partition by orders.customer_id order by orders.order_date, orders.order_id) as customer_order_index
from stg_orders orders left join (select order_id as paid_order_id, credit_card_amount, coupon_amount, gift_card_amount, total_amount from order_payments) order_payments on orders.order_id = order_payments.paid_order_id
