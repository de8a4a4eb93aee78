-- key: sourceid, dataelementid
-- seen: https://github.com/dhis2/dhis2-core/blob/master/dhis-2/dhis-services/dhis-service-analytics/src/main/java/org/hisp/dhis/analytics/data/JdbcAnalyticsManager.java
-- large: datavalue
SELECT DISTINCT ON (dv.sourceid, dv.dataelementid) dv.sourceid, dv.dataelementid, p.enddate, dv.value, first_value(dv.value) OVER (PARTITION BY dv.sourceid, dv.dataelementid ORDER BY p.startdate, dv.periodid, dv.categoryoptioncomboid) AS first
FROM datavalue dv JOIN period p ON p.periodid = dv.periodid
WHERE NOT dv.deleted AND dv.value IS NOT NULL
ORDER BY dv.sourceid, dv.dataelementid, p.startdate DESC, dv.periodid, dv.categoryoptioncomboid
