-- create_table
CREATE TABLE "app"."pairs" (
    "item_id" bigint NOT NULL,
    "tag" text NOT NULL,
    PRIMARY KEY ("item_id", "tag")
);

-- comment_on_table
COMMENT ON TABLE "app"."pairs" IS 'denorm_assets read model shop/pairs, code version 0123456789ab';

-- analyze
ANALYZE "app"."pairs";
