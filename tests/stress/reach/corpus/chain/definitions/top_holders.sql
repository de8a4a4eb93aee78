-- key: token_address, rank
-- seen: https://github.com/blockscout/blockscout/blob/master/apps/explorer/lib/explorer/chain/address/current_token_balance.ex
-- large: token_transfers
WITH balances AS (
    SELECT token_address, holder, sum(delta) AS balance FROM (
        SELECT token_address, to_address AS holder, amount AS delta FROM token_transfers UNION ALL SELECT token_address, from_address, -amount FROM token_transfers
    ) d GROUP BY token_address, holder
)
SELECT * FROM (
    SELECT b.token_address, b.holder, b.balance, row_number() OVER (PARTITION BY b.token_address ORDER BY b.balance DESC NULLS LAST, b.holder) AS rank FROM balances b JOIN tokens t ON t.address = b.token_address
) r WHERE rank <= 5
