-- key: trackedentityid
-- seen: https://github.com/AXLEproject/axle-healthcare-benchmark/blob/master/queries/2.0.2_observation_history.sql
-- large: event
SELECT trackedentityid, max(CASE WHEN rocky = 1 THEN weight END) AS last_weight, max(CASE WHEN drago = 1 THEN weight END) AS first_weight, max(occurreddate) AS last_seen, count(*) AS visits
FROM (
    SELECT e.trackedentityid, e.occurreddate, (e.eventdatavalues #>> '{weight,value}')::numeric AS weight,
        rank() OVER (PARTITION BY e.trackedentityid ORDER BY e.occurreddate DESC, e.eventid DESC) AS rocky,
        rank() OVER (PARTITION BY e.trackedentityid ORDER BY e.occurreddate, e.eventid) AS drago
    FROM event e WHERE e.occurreddate IS NOT NULL AND NOT e.deleted
) h
GROUP BY trackedentityid
