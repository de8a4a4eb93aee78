-- Indexes that are being built: until one has its COMMENT, nothing else tells it from the application's own.

CREATE TABLE denorm.index_build (
    system text NOT NULL,
    table_schema text NOT NULL,
    index_name text NOT NULL,
    PRIMARY KEY (system, table_schema, index_name)
);
COMMENT ON TABLE denorm.index_build IS 'Noted before a build, struck out once the index carries its COMMENT or is dropped.';
