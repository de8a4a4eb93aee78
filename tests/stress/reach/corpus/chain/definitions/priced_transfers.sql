-- key: transaction_hash, log_index
-- seen: https://github.com/duneanalytics/spellbook/blob/main/dbt_subprojects/dex/models/trades/dex_trades.sql
-- large: token_transfers, blocks
SELECT tt.transaction_hash, tt.log_index, t.symbol, tt.amount / 10 ^ coalesce(t.decimals, 18) AS amount, p.usd * tt.amount AS usd, p.at AS priced_at
FROM token_transfers tt JOIN blocks b ON b.number = tt.block_number JOIN tokens t ON t.address = tt.token_address
LEFT JOIN LATERAL (SELECT usd, at FROM prices p WHERE p.symbol = t.symbol AND p.at <= to_timestamp(b.timestamp) ORDER BY p.at DESC LIMIT 1) p ON true
WHERE t.is_erc20
