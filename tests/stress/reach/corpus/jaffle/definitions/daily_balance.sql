-- key: account, currency, day
-- seen: https://github.com/fivetran/dbt_stripe/blob/main/models/stripe__daily_overview.sql
-- large: stripe_balance_transactions
WITH daily AS (
    SELECT coalesce(connected_account, 'platform') AS account, currency, (created_at AT TIME ZONE 'UTC')::date AS day,
        sum(amount) FILTER (WHERE type = 'charge') AS charges, sum(-amount) FILTER (WHERE type = 'refund') AS refunds, sum(amount - fee) AS net
    FROM stripe_balance_transactions GROUP BY 1, 2, 3
), spans AS (
    SELECT account, currency, generate_series(min(day)::timestamp, max(day)::timestamp, interval '1 day')::date AS day FROM daily GROUP BY account, currency
)
SELECT s.account, s.currency, s.day, coalesce(d.charges, 0) AS charges, coalesce(d.refunds, 0) AS refunds,
    sum(coalesce(d.net, 0)) OVER (PARTITION BY s.account, s.currency ORDER BY s.day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS balance
FROM spans s LEFT JOIN daily d USING (account, currency, day)
