-- create_table
CREATE TABLE "app"."per_tag" (
    "item_id" bigint NOT NULL,
    "tag" text,
    "label" text COLLATE "pg_catalog"."C",
    "note" numeric(10,2),
    UNIQUE NULLS NOT DISTINCT ("item_id", "tag", "label")
);

-- comment_on_table
COMMENT ON TABLE "app"."per_tag" IS 'denorm_assets read model shop/per_tag, code version 0123456789ab';

-- analyze
ANALYZE "app"."per_tag";
