-- key: miner
-- seen: https://github.com/blockscout/blockscout/blob/master/apps/explorer/lib/explorer/chain/block.ex
-- large: blocks, transactions
SELECT b.miner, count(DISTINCT b.number) AS blocks, sum(t.gas_price * t.gas_used) AS fees, count(*) FILTER (WHERE t.status = 0) AS failed, round(sum(t.gas_price * t.gas_used) / sum(sum(t.gas_price * t.gas_used)) OVER () * 100, 2) AS share
FROM blocks b LEFT JOIN transactions t ON t.block_number = b.number
WHERE b.consensus
GROUP BY b.miner
