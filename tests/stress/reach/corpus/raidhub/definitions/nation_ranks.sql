-- key: continent, iso_country_code
-- seen: https://github.com/stadust/pointercrate/blob/master/migrations/20250524213558_materialized_ranking.down.sql
-- large: player, record
SELECT n.continent, n.iso_country_code, count(DISTINCT p.membership_id) AS players, count(DISTINCT r.demon) FILTER (WHERE r.progress = 100) AS completed,
    dense_rank() OVER (PARTITION BY n.continent ORDER BY count(DISTINCT r.demon) FILTER (WHERE r.progress = 100) DESC) AS rank
FROM nationalities n JOIN player p ON p.nationality = n.iso_country_code AND NOT p.banned LEFT JOIN record r ON r.player = p.membership_id AND r.status = 'APPROVED'
GROUP BY n.continent, n.iso_country_code
