CREATE TABLE artist (id int PRIMARY KEY, gid uuid NOT NULL UNIQUE, name varchar NOT NULL, sort_name varchar NOT NULL, type int, area int, comment varchar(255) NOT NULL DEFAULT '');
CREATE TABLE artist_credit (id int PRIMARY KEY, name varchar NOT NULL, artist_count smallint NOT NULL);
CREATE TABLE artist_credit_name (artist_credit int NOT NULL, position smallint NOT NULL, artist int NOT NULL, name varchar NOT NULL, join_phrase text NOT NULL DEFAULT '', PRIMARY KEY (artist_credit, position));
CREATE TABLE release_group (id int PRIMARY KEY, name varchar NOT NULL, artist_credit int NOT NULL, type int);
CREATE TABLE release (id int PRIMARY KEY, name varchar NOT NULL, artist_credit int NOT NULL, release_group int NOT NULL, status int, barcode varchar(255));
CREATE TABLE release_country (release int NOT NULL, country int NOT NULL, date_year smallint, date_month smallint, date_day smallint, PRIMARY KEY (release, country));
CREATE TABLE release_unknown_country (release int PRIMARY KEY, date_year smallint, date_month smallint, date_day smallint);
CREATE TABLE medium (id int PRIMARY KEY, release int NOT NULL, position int NOT NULL, format int, track_count int NOT NULL DEFAULT 0);
CREATE TABLE recording (id int PRIMARY KEY, name varchar NOT NULL, artist_credit int NOT NULL, length int);
CREATE TABLE track (id int PRIMARY KEY, recording int NOT NULL, medium int NOT NULL, position int NOT NULL, name varchar NOT NULL, length int, UNIQUE (medium, position));
CREATE TABLE tag (id int PRIMARY KEY, name varchar NOT NULL UNIQUE);
CREATE TABLE artist_tag_raw (artist int NOT NULL, editor int NOT NULL, tag int NOT NULL, is_upvote boolean NOT NULL DEFAULT true, PRIMARY KEY (artist, editor, tag));
CREATE TABLE release_group_rating_raw (release_group int NOT NULL, editor int NOT NULL, rating smallint NOT NULL, PRIMARY KEY (release_group, editor));
CREATE TABLE isrc (id int PRIMARY KEY, recording int NOT NULL, isrc char(12) NOT NULL, UNIQUE (isrc, recording));
CREATE VIEW release_event AS
    SELECT release, date_year, date_month, date_day, country FROM (
        SELECT release, country, date_year, date_month, date_day FROM release_country
        UNION ALL
        SELECT release, NULL, date_year, date_month, date_day FROM release_unknown_country
    ) AS q;
CREATE INDEX ON artist_credit_name (artist);
CREATE INDEX ON release (release_group);
CREATE INDEX ON release (artist_credit);
CREATE INDEX ON medium (release);
CREATE INDEX ON track (medium);
CREATE INDEX ON track (recording);
CREATE INDEX ON recording (artist_credit);
CREATE INDEX ON isrc (isrc);
