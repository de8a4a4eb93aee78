-- key: account_id
-- seen: https://github.com/mastodon/mastodon/blob/main/db/views/global_follow_recommendations_v01.sql
-- large: follows, statuses, favourites
-- time: yes
SELECT account_id, sum(rank) AS rank, array_agg(reason ORDER BY reason) AS reason
FROM (
    SELECT f.target_account_id AS account_id, count(f.id) / (1.0 + count(f.id)) AS rank, 'most_followed' AS reason
    FROM follows f
    JOIN users u ON u.account_id = f.account_id
    WHERE u.current_sign_in_at >= (now() - interval '30 days')
      AND NOT EXISTS (SELECT 1 FROM follow_recommendation_suppressions s WHERE s.account_id = f.target_account_id)
    GROUP BY f.target_account_id
    HAVING count(f.id) >= 2
    UNION ALL
    SELECT st.account_id, count(fa.id) / (1.0 + count(fa.id)), 'most_interactions'
    FROM statuses st
    JOIN favourites fa ON fa.status_id = st.id
    WHERE st.created_at >= now() - interval '30 days'
      AND NOT EXISTS (SELECT 1 FROM follow_recommendation_suppressions s WHERE s.account_id = st.account_id)
    GROUP BY st.account_id
    HAVING count(fa.id) >= 2
) t0
GROUP BY account_id
ORDER BY rank DESC
