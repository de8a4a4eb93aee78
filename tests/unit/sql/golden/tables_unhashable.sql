-- create_table
CREATE TABLE "app"."documents" (
    "item_id" uuid NOT NULL,
    "body" json,
    "spot" point,
    PRIMARY KEY ("item_id")
);

-- comment_on_table
COMMENT ON TABLE "app"."documents" IS 'denorm_assets read model shop/documents, code version 0123456789ab';

-- analyze
ANALYZE "app"."documents";
