-- key: ancestor
-- seen: https://github.com/dhis2/dhis2-core/blob/master/dhis-2/dhis-services/dhis-service-core/src/main/java/org/hisp/dhis/organisationunit/DefaultOrganisationUnitService.java
-- large: trackedentity, organisationunit
SELECT a.uid AS ancestor, a.name, count(DISTINCT o.organisationunitid) AS units, count(t.trackedentityid) AS people
FROM organisationunit a JOIN organisationunit o ON o.path LIKE '%' || a.uid || '%' LEFT JOIN trackedentity t ON t.organisationunitid = o.organisationunitid AND NOT t.deleted
WHERE a.hierarchylevel < 4
GROUP BY a.organisationunitid
