-- key: date
-- seen: https://github.com/coinmetrics/analytics/blob/master/sql/ethereum_stats.sql
-- large: transactions, blocks
WITH days AS (
    SELECT date_trunc('day', to_timestamp(block.timestamp)) AS date, block.number, block.gas_used FROM blocks block WHERE block.consensus
), blocks_stats AS (SELECT date, count(*) AS cnt, sum(gas_used) AS gas FROM days GROUP BY date),
txs_stats AS (
    SELECT d.date, count(*) AS cnt, sum(tx.value) AS sum_value, percentile_cont(0.5) WITHIN GROUP (ORDER BY tx.value) AS med_value, count(DISTINCT tx."from") AS from_cnt
    FROM days d JOIN transactions tx ON tx.block_number = d.number GROUP BY d.date
), addr_stats AS (
    SELECT t.date, count(DISTINCT t.addr) AS cnt FROM (
        SELECT d.date, tx."from" AS addr FROM days d JOIN transactions tx ON tx.block_number = d.number
        UNION ALL
        SELECT d.date, tx."to" FROM days d JOIN transactions tx ON tx.block_number = d.number
    ) t GROUP BY t.date
)
SELECT b.date, b.cnt AS blocks, b.gas, coalesce(t.cnt, 0) AS txs, t.sum_value, t.med_value, t.from_cnt, a.cnt AS addresses
FROM blocks_stats b LEFT JOIN txs_stats t ON t.date = b.date LEFT JOIN addr_stats a ON a.date = b.date
