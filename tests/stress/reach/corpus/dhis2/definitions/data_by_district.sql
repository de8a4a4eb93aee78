-- key: district, period, dataelement
-- seen: https://github.com/ibrahimwickama/dhis-sqlviews/blob/master/Temp.sql
-- large: datavalue
SELECT d.uid AS district, to_char(p.startdate, 'YYYYMM') AS period, de.uid AS dataelement, count(*) AS reported, sum(dv.value::numeric) AS total
FROM datavalue dv
INNER JOIN dataelement de ON de.dataelementid = dv.dataelementid AND de.valuetype IN ('INTEGER', 'NUMBER')
INNER JOIN period p ON p.periodid = dv.periodid
INNER JOIN organisationunit o ON o.organisationunitid = dv.sourceid
INNER JOIN organisationunit f ON f.organisationunitid = o.parentid
INNER JOIN organisationunit d ON d.organisationunitid = f.parentid
WHERE dv.deleted = false AND dv.value ~ '^[0-9]+$'
GROUP BY d.uid, to_char(p.startdate, 'YYYYMM'), de.uid
