-- key: unit, quarter
-- seen: https://github.com/beyondessential/tupaia/blob/dev/packages/data-api/scripts/createAnalyticsMaterializedView.sql
-- large: datavalue
SELECT f.uid AS unit, date_trunc('quarter', p.startdate::timestamp)::date AS quarter, sum(dv.value::int) FILTER (WHERE de.code = 'DE_1') AS de_1, sum(dv.value::int) FILTER (WHERE de.code = 'DE_4') AS de_4,
    round(avg(dv.value::numeric) FILTER (WHERE de.code = 'DE_8'), 2) AS de_8, bool_or(dv.deleted) AS any_deleted
FROM datavalue dv JOIN dataelement de USING (dataelementid) JOIN period p USING (periodid) JOIN organisationunit f ON f.organisationunitid = dv.sourceid
WHERE de.code = ANY ('{DE_1,DE_4,DE_8}'::text[])
GROUP BY f.uid, date_trunc('quarter', p.startdate::timestamp)::date
