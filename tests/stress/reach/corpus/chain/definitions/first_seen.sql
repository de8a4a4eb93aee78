-- key: address
-- seen: https://github.com/coinmetrics/analytics/blob/master/sql/ethereum_short_tx.sql
-- large: transactions, blocks
SELECT a.address, min(b.timestamp) AS first_seen_ts, to_timestamp(min(b.timestamp)) AS first_seen
FROM (SELECT "from" AS address, block_number FROM transactions UNION SELECT "to" AS address, block_number FROM transactions) a
JOIN blocks b ON b.number = a.block_number
WHERE a.address IS NOT NULL
GROUP BY 1
