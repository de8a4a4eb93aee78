-- key: uid
-- seen: https://github.com/dhis2/dhis2-core/blob/master/dhis-2/dhis-services/dhis-service-analytics/src/main/java/org/hisp/dhis/analytics/table/JdbcTrackedEntityAnalyticsTableManager.java
-- large: trackedentity, trackedentityattributevalue
SELECT te.uid, o.name AS unit, max(CASE WHEN av.trackedentityattributeid = 1 THEN av.value END) AS name, max(CASE WHEN av.trackedentityattributeid = 2 THEN to_date(av.value, 'YYYY-MM-DD') END) AS birthdate,
    max(CASE WHEN av.trackedentityattributeid = 3 THEN av.value END) AS gender, extract(year FROM age(te.created, max(CASE WHEN av.trackedentityattributeid = 2 THEN to_date(av.value, 'YYYY-MM-DD') END)))::int AS age_at_registration
FROM trackedentity te JOIN organisationunit o USING (organisationunitid) LEFT JOIN trackedentityattributevalue av ON av.trackedentityid = te.trackedentityid
WHERE te.deleted IS FALSE
GROUP BY te.uid, te.created, o.name
