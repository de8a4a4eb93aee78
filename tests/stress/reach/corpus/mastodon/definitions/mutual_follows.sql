-- key: low, high
-- seen: https://github.com/mastodon/mastodon/blob/main/app/models/concerns/account/interactions.rb
-- large: follows
SELECT DISTINCT least(a.account_id, a.target_account_id) AS low, greatest(a.account_id, a.target_account_id) AS high
FROM follows a JOIN follows b ON b.account_id = a.target_account_id AND b.target_account_id = a.account_id
