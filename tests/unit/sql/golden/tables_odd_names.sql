-- create_table
CREATE TABLE "app"."Odd_Links" (
    "Item Id" bigint NOT NULL,
    "100%" "Mixed Case" COLLATE "pg_catalog"."de%x-icu" NOT NULL,
    "{}" text,
    PRIMARY KEY ("Item Id", "100%")
);

-- comment_on_table
COMMENT ON TABLE "app"."Odd_Links" IS 'denorm_assets read model shop/Odd_Links, code version 0123456789ab';

-- analyze
ANALYZE "app"."Odd_Links";
