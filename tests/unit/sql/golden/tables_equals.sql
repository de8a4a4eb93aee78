-- create_table
CREATE TABLE "app"."prices" (
    "item_id" bigint NOT NULL,
    "price" numeric NOT NULL,
    "paid" numeric,
    "tag" text,
    PRIMARY KEY ("item_id", "price")
);

-- comment_on_table
COMMENT ON TABLE "app"."prices" IS 'denorm_assets read model shop/prices, code version 0123456789ab';

-- analyze
ANALYZE "app"."prices";
