-- create_table
CREATE TABLE "app"."content_tags" (
    "source" text NOT NULL,
    "item_id" bigint NOT NULL,
    "tag" text NOT NULL,
    PRIMARY KEY ("source", "item_id", "tag")
) PARTITION BY LIST ("source");

-- create_content_tags_items
CREATE TABLE "app"."content_tags_items" PARTITION OF "app"."content_tags" FOR VALUES IN ('items');

-- create_content_tags_it's new
CREATE TABLE "app"."content_tags_it's new" PARTITION OF "app"."content_tags" FOR VALUES IN ('it''s new');

-- comment_on_table
COMMENT ON TABLE "app"."content_tags" IS 'denorm_assets read model shop/content_tags, code version 0123456789ab';

-- analyze
ANALYZE "app"."content_tags";
