-- key: account_id
-- seen: https://github.com/mastodon/mastodon/blob/main/app/models/account_stat.rb
-- large: statuses, follows
SELECT accounts.id AS account_id,
    (SELECT count(*) FROM statuses WHERE statuses.account_id = accounts.id AND statuses.deleted_at IS NULL AND visibility <> 3) AS statuses_count,
    (SELECT count(*) FROM follows WHERE follows.account_id = accounts.id) AS following_count,
    (SELECT count(*) FROM follows WHERE follows.target_account_id = accounts.id) AS followers_count,
    (SELECT max(created_at) FROM statuses WHERE statuses.account_id = accounts.id AND statuses.deleted_at IS NULL) AS last_status_at
FROM accounts
