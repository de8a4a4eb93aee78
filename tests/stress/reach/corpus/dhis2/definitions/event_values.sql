-- key: eventid, element
-- seen: https://github.com/dhis2/dhis2-core/blob/master/dhis-2/dhis-support/dhis-support-db-migration/src/main/resources/org/hisp/dhis/db/migration/2.31/V2_31_1__Migrations_for_release_v31.sql
-- large: event
SELECT e.eventid, e.programstage, v.key AS element, v.value ->> 'value' AS value, v.value @> '{"storedBy": "u1"}' AS by_u1
FROM event e, jsonb_each(e.eventdatavalues) AS v
WHERE NOT e.deleted AND e.status <> 'SCHEDULE'
