-- key: country
-- seen: https://github.com/fivetran/dbt_qualtrics/blob/main/models/qualtrics__survey.sql
-- large: survey_answers
WITH wide AS (
    SELECT response_id, max(answer) FILTER (WHERE question = 'nps')::int AS nps, max(answer) FILTER (WHERE question = 'country') AS country, max(CASE question WHEN 'age' THEN answer::int END) AS age
    FROM survey_answers GROUP BY response_id
)
SELECT coalesce(country, '?') AS country, count(*) AS responses, round(100.0 * (count(*) FILTER (WHERE nps >= 9) - count(*) FILTER (WHERE nps <= 6)) / nullif(count(nps), 0)) AS score, percentile_disc(0.5) WITHIN GROUP (ORDER BY age) AS median_age
FROM wide GROUP BY coalesce(country, '?')
