-- key: release
-- seen: https://github.com/metabrainz/musicbrainz-server/blob/master/admin/sql/CreateFunctions.sql
-- large: release_country, release_unknown_country
SELECT DISTINCT ON (release) release, date_year AS year, date_month AS month, date_day AS day
FROM (
    SELECT release, date_year, date_month, date_day FROM release_country
    UNION ALL
    SELECT release, date_year, date_month, date_day FROM release_unknown_country
) all_dates
WHERE date_year IS NOT NULL OR date_month IS NOT NULL OR date_day IS NOT NULL
ORDER BY release, year NULLS LAST, month NULLS LAST, day NULLS LAST
