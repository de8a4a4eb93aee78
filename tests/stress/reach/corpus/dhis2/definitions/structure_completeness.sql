-- key: uidlevel2, periodid
-- seen: https://github.com/mithileshhisp/DHIS2-Projects/blob/master/sql-query/important_sql_query.sql
-- large: completedatasetregistration, datasetsource
SELECT ous.uidlevel2, p.periodid, count(dss.datasetid) AS expected, count(cdr.datasetid) AS completed, count(cdr.date) FILTER (WHERE cdr.date <= p.enddate + 15) AS on_time,
    round(100.0 * count(cdr.datasetid) / count(dss.datasetid), 1) AS rate
FROM datasetsource dss
CROSS JOIN period p
JOIN _orgunitstructure ous ON ous.organisationunitid = dss.sourceid
LEFT JOIN completedatasetregistration cdr ON cdr.datasetid = dss.datasetid AND cdr.sourceid = dss.sourceid AND cdr.periodid = p.periodid
GROUP BY ous.uidlevel2, p.periodid
