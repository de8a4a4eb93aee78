-- key: nickname
-- seen: https://git.pleroma.social/pleroma/pleroma/-/blob/develop/priv/repo/migrations/20170416122418_add_display_name_to_users.exs
-- large: users
SELECT nickname COLLATE "C" AS nickname, count(*) AS accounts, array_agg(id ORDER BY id) AS ids FROM users WHERE nickname IS NOT NULL GROUP BY nickname COLLATE "C"
