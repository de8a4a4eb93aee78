CREATE TABLE organisationunit (organisationunitid bigint PRIMARY KEY, uid varchar(11) NOT NULL UNIQUE, name text NOT NULL, parentid bigint, path text NOT NULL, hierarchylevel int NOT NULL, openingdate date, closeddate date);
CREATE TABLE dataelement (dataelementid bigint PRIMARY KEY, uid varchar(11) NOT NULL UNIQUE, code text, name text NOT NULL, valuetype text NOT NULL, aggregationtype text NOT NULL);
CREATE TABLE period (periodid bigint PRIMARY KEY, periodtypeid int NOT NULL, startdate date NOT NULL, enddate date NOT NULL, UNIQUE (periodtypeid, startdate, enddate));
CREATE TABLE datavalue (dataelementid bigint NOT NULL, periodid bigint NOT NULL, sourceid bigint NOT NULL, categoryoptioncomboid bigint NOT NULL, value varchar(500), storedby text, lastupdated timestamp NOT NULL, deleted boolean NOT NULL DEFAULT false, PRIMARY KEY (dataelementid, periodid, sourceid, categoryoptioncomboid));
CREATE TABLE completedatasetregistration (datasetid bigint NOT NULL, periodid bigint NOT NULL, sourceid bigint NOT NULL, date timestamp, storedby text, PRIMARY KEY (datasetid, periodid, sourceid));
CREATE TABLE datasetsource (datasetid bigint NOT NULL, sourceid bigint NOT NULL, PRIMARY KEY (datasetid, sourceid));
CREATE TABLE trackedentity (trackedentityid bigint PRIMARY KEY, uid varchar(11) NOT NULL UNIQUE, organisationunitid bigint NOT NULL, created timestamp NOT NULL, deleted boolean NOT NULL DEFAULT false);
CREATE TABLE trackedentityattributevalue (trackedentityid bigint NOT NULL, trackedentityattributeid bigint NOT NULL, value text, PRIMARY KEY (trackedentityid, trackedentityattributeid));
CREATE TABLE event (eventid bigint PRIMARY KEY, trackedentityid bigint NOT NULL, programstage text NOT NULL, occurreddate timestamp, status text NOT NULL, eventdatavalues jsonb NOT NULL DEFAULT '{}', deleted boolean NOT NULL DEFAULT false);
CREATE INDEX ON organisationunit (parentid);
CREATE INDEX ON datavalue (sourceid);
CREATE INDEX ON datavalue (periodid);
CREATE INDEX ON completedatasetregistration (sourceid);
CREATE INDEX ON trackedentity (organisationunitid);
CREATE INDEX ON event (trackedentityid);
CREATE VIEW _orgunitstructure AS
SELECT o.organisationunitid, o.uid AS organisationunituid, o.hierarchylevel AS level, split_part(o.path, '/', 2) AS uidlevel1, nullif(split_part(o.path, '/', 3), '') AS uidlevel2, nullif(split_part(o.path, '/', 4), '') AS uidlevel3
FROM organisationunit o;
