-- create_table
CREATE TABLE "app"."feed" (
    "id" bigint NOT NULL,
    "kind" text,
    "title" text,
    UNIQUE NULLS NOT DISTINCT ("id", "kind")
);

-- comment_on_table
COMMENT ON TABLE "app"."feed" IS 'denorm_assets read model shop/feed, code version 0123456789ab';

-- analyze
ANALYZE "app"."feed";
