-- key: token_address, holder
-- seen: https://github.com/coinmetrics/analytics/blob/master/sql/ethereum_short_tx.sql
-- large: token_transfers
SELECT t.token_address, t.holder, sum(t.delta) AS balance, count(*) AS moves, max(t.block_number) AS last_block
FROM (
    SELECT token_address, to_address AS holder, amount AS delta, block_number FROM token_transfers
    UNION ALL
    SELECT token_address, from_address, -amount, block_number FROM token_transfers
) t
WHERE t.holder <> decode(repeat('00', 20), 'hex')
GROUP BY t.token_address, t.holder
HAVING sum(t.delta) <> 0
