-- key: number
-- seen: https://github.com/blockscout/blockscout/blob/master/apps/explorer/lib/explorer/counters/average_block_time.ex
-- large: blocks
SELECT number, timestamp - lag(timestamp) OVER (ORDER BY number) AS diff, encode(miner, 'hex') AS miner FROM blocks WHERE consensus
