UPDATE datavalue SET value = '50' WHERE sourceid = 20 AND dataelementid IN (1, 4, 8);
INSERT INTO datavalue SELECT e, 14, s, 3, '7', 'late', '2026-03-01', false FROM generate_series(1, 12) AS e, generate_series(18, 30) AS s;
-- then --
UPDATE datavalue SET deleted = true WHERE periodid = 5;
DELETE FROM datavalue WHERE periodid = 7 AND sourceid % 2 = 0;
-- then --
UPDATE organisationunit SET parentid = 7, path = '/ou1/ou2/ou7/' || uid WHERE organisationunitid BETWEEN 30 AND 33;
UPDATE organisationunit SET name = 'District X' WHERE organisationunitid = 3;
-- then --
UPDATE trackedentityattributevalue SET value = NULL WHERE trackedentityattributeid = 3 AND trackedentityid % 7 = 0;
DELETE FROM trackedentityattributevalue WHERE trackedentityid IN (3, 4);
INSERT INTO trackedentityattributevalue VALUES (11, 1, 'Late') ON CONFLICT (trackedentityid, trackedentityattributeid) DO UPDATE SET value = 'Late';
-- then --
UPDATE event SET eventdatavalues = jsonb_set(eventdatavalues, '{weight,value}', '"99"') WHERE eventid % 13 = 0;
UPDATE event SET trackedentityid = 5 WHERE trackedentityid = 9;
DELETE FROM event WHERE eventid % 11 = 0;
-- then --
UPDATE trackedentity SET organisationunitid = 20, deleted = false WHERE trackedentityid % 17 = 0;
DELETE FROM completedatasetregistration WHERE periodid = 3;
INSERT INTO datasetsource VALUES (3, 18), (1, 20);
-- then --
UPDATE dataelement SET valuetype = 'INTEGER' WHERE dataelementid IN (3, 7);
DELETE FROM dataelement WHERE dataelementid = 12;
UPDATE period SET enddate = '2025-02-20' WHERE periodid = 2;
-- then --
DELETE FROM organisationunit WHERE organisationunitid = 53;
INSERT INTO organisationunit VALUES (60, 'ou60', 'New', 5, '/ou1/ou5/ou60', 3, '2026-01-01', NULL);
UPDATE datavalue SET sourceid = 60 WHERE sourceid = 53;
TRUNCATE completedatasetregistration;
