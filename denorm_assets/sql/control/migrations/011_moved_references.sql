-- Foreign keys on text identifiers that were dropped for those on uuid columns, until the text columns go.
CREATE TABLE denorm.moved_reference (
    table_schema text NOT NULL,
    table_name text NOT NULL,
    name text NOT NULL,
    columns text[] NOT NULL,
    to_schema text NOT NULL,
    to_table text NOT NULL,
    to_columns text[] NOT NULL,
    on_update "char" NOT NULL,
    on_delete "char" NOT NULL,
    is_deferrable boolean NOT NULL,
    is_deferred boolean NOT NULL,
    PRIMARY KEY (table_schema, table_name, name)
);
COMMENT ON TABLE denorm.moved_reference IS 'Dropped foreign keys of text identifiers; `abort` makes them again.';
