-- The application's tables: no foreign keys, so that links outlive what they link, and no lock is taken but what a
-- statement names. Its transactions lock tables in this order, and rows within a statement by id: they never deadlock.
CREATE SCHEMA {schema};
SET search_path = {schema};
CREATE TABLE authors (id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE entries (id bigint PRIMARY KEY, author_id bigint, title text NOT NULL, score int NOT NULL DEFAULT 0);
CREATE TABLE entry_tags (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, entry_id bigint, tag_id bigint);
CREATE TABLE tags (id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE topics (id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE topic_tags (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, topic_id bigint, tag_id bigint);
CREATE INDEX ON entries (author_id);
CREATE INDEX ON entry_tags (entry_id);
CREATE INDEX ON entry_tags (tag_id);
CREATE INDEX ON topic_tags (topic_id);
CREATE INDEX ON topic_tags (tag_id);
INSERT INTO authors SELECT n, 'author ' || n FROM generate_series(1, 30) AS n;
INSERT INTO entries SELECT n, nullif(n % 31, 0), 'entry ' || n, n % 7 FROM generate_series(1, 600) AS n;
INSERT INTO entry_tags (entry_id, tag_id) SELECT n % 600 + 1, n * 7 % 80 + 1 FROM generate_series(1, 1500) AS n;
INSERT INTO tags SELECT n, 'tag ' || n FROM generate_series(1, 80) AS n;
INSERT INTO topics SELECT n, 'topic ' || n FROM generate_series(1, 40) AS n;
INSERT INTO topic_tags (topic_id, tag_id) SELECT n % 40 + 1, n % 80 + 1 FROM generate_series(1, 120) AS n;
