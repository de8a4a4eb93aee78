-- create_table
CREATE TABLE "app"."links" (
    "item_id" bigint NOT NULL,
    "tag" text NOT NULL,
    "note" text,
    PRIMARY KEY ("item_id", "tag")
);

-- comment_on_table
COMMENT ON TABLE "app"."links" IS 'denorm_assets read model shop/links, code version 0123456789ab';

-- analyze
ANALYZE "app"."links";
