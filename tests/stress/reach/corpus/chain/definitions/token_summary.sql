-- key: address
-- seen: https://github.com/DAppBoard/dappboard-etl/blob/master/schemas/tables/token_transfers_summary.sql
-- large: token_transfers, blocks
WITH daily AS (
    SELECT tt.token_address, to_timestamp(b.timestamp)::date AS day, count(*) AS transfers, count(DISTINCT tt.to_address) AS receivers, sum(tt.amount) AS volume
    FROM token_transfers tt JOIN blocks b ON b.number = tt.block_number AND b.consensus GROUP BY 1, 2
)
SELECT address, name, symbol, decimals, is_erc20, coalesce(sum(daily.transfers), 0) AS transfers, max(daily.receivers) AS busiest,
    json_agg(json_build_object('day', day, 'volume', volume, 'transfers', transfers) ORDER BY day) AS item
FROM tokens JOIN daily ON address = token_address
GROUP BY address, name, symbol, decimals, is_erc20
