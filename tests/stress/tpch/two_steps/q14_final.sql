-- key: promo_revenue
-- seen: https://www.tpc.org/tpch/
-- large: none
SELECT 100.00 * sum(promo) / sum(revenue) AS promo_revenue FROM q14_step
