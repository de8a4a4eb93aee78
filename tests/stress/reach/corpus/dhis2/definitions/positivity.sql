-- key: unit, month
-- seen: https://github.com/dhis2/dhis2-core/blob/master/dhis-2/dhis-services/dhis-service-analytics/src/main/java/org/hisp/dhis/analytics/event/data/JdbcEventAnalyticsManager.java
-- large: event, trackedentity
SELECT o.uid AS unit, to_char(e.occurreddate, 'YYYY-MM') AS month, count(*) FILTER (WHERE e.eventdatavalues @@ '$.hiv.value == "POS"') AS positive, count(*) AS tested,
    lag(count(*)) OVER (PARTITION BY o.uid ORDER BY to_char(e.occurreddate, 'YYYY-MM')) AS tested_before
FROM event e JOIN trackedentity t USING (trackedentityid) JOIN organisationunit o USING (organisationunitid)
WHERE e.occurreddate IS NOT NULL AND NOT e.deleted AND NOT t.deleted
GROUP BY o.uid, to_char(e.occurreddate, 'YYYY-MM')
