-- key: token_address, day
-- seen: https://github.com/duneanalytics/spellbook/blob/main/dbt_subprojects/tokens/models/transfers_and_balances/token_balances.sql
-- large: token_transfers, blocks
SELECT token_address, day, minted, sum(minted) OVER (PARTITION BY token_address ORDER BY day) AS supply, day - lag(day) OVER (PARTITION BY token_address ORDER BY day) AS gap
FROM (
    SELECT tt.token_address, to_timestamp(b.timestamp)::date AS day, sum(tt.amount) AS minted
    FROM token_transfers tt JOIN blocks b ON b.number = tt.block_number
    WHERE tt.from_address = decode('0000000000000000000000000000000000000000', 'hex')
    GROUP BY tt.token_address, to_timestamp(b.timestamp)::date
) m
