-- key: id
-- seen: https://github.com/stadust/pointercrate/blob/master/migrations/20250524213558_materialized_ranking.down.sql
-- large: player
SELECT ROW_NUMBER() OVER (ORDER BY player.score DESC, membership_id) AS index, RANK() OVER (ORDER BY player.score DESC) AS rank,
    membership_id AS id, bungie_name AS name, player.score, nationalities.iso_country_code, nationalities.nation, nationalities.continent
FROM player LEFT OUTER JOIN nationalities ON player.nationality = nationalities.iso_country_code
WHERE NOT player.banned AND player.score > 0.0
