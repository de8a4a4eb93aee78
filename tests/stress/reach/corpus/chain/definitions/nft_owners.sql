-- key: token_address, token_id
-- seen: https://github.com/blockscout/blockscout/blob/master/apps/explorer/lib/explorer/chain/token/instance.ex
-- large: token_transfers
SELECT DISTINCT ON (tt.token_address, i.token_id) tt.token_address, i.token_id, tt.to_address AS owner, tt.block_number
FROM token_transfers tt CROSS JOIN LATERAL unnest(tt.token_ids) AS i(token_id)
ORDER BY tt.token_address, i.token_id, tt.block_number DESC, tt.log_index DESC, tt.transaction_hash
