CREATE TYPE post_type AS ENUM ('article', 'video:youtube', 'share', 'collection');
CREATE TABLE source (id text PRIMARY KEY, name text NOT NULL, private boolean NOT NULL DEFAULT false, active boolean NOT NULL DEFAULT true);
CREATE TABLE "user" (id text PRIMARY KEY, username text, "createdAt" timestamptz NOT NULL, "invitedById" text);
CREATE TABLE post (
    id text PRIMARY KEY, "sourceId" text NOT NULL, "authorId" text, "scoutId" text, type post_type NOT NULL DEFAULT 'article',
    upvotes int NOT NULL DEFAULT 0, downvotes int NOT NULL DEFAULT 0, comments int NOT NULL DEFAULT 0, views int NOT NULL DEFAULT 0,
    "tagsStr" text, "createdAt" timestamptz NOT NULL, private boolean NOT NULL DEFAULT false, deleted boolean NOT NULL DEFAULT false,
    score numeric GENERATED ALWAYS AS (upvotes * 2 - downvotes + comments) STORED, "contentMeta" jsonb NOT NULL DEFAULT '{}'
);
CREATE TABLE post_keyword ("postId" text NOT NULL, keyword text NOT NULL, status text, PRIMARY KEY ("postId", keyword));
CREATE TABLE view ("postId" text NOT NULL, "userId" text NOT NULL, timestamp timestamptz NOT NULL, hidden boolean, PRIMARY KEY ("postId", "userId", timestamp));
CREATE TABLE comment (id text PRIMARY KEY, "postId" text NOT NULL, "userId" text NOT NULL, "parentId" text, upvotes int NOT NULL DEFAULT 0, "createdAt" timestamptz NOT NULL);
CREATE TABLE hot_take (id uuid PRIMARY KEY, "userId" text NOT NULL, upvotes int NOT NULL DEFAULT 0, "createdAt" timestamptz NOT NULL);
CREATE INDEX ON post ("sourceId");
CREATE INDEX ON post ("authorId");
CREATE INDEX ON post ("scoutId");
CREATE INDEX ON post ("createdAt");
CREATE INDEX ON post_keyword (keyword);
CREATE INDEX ON view ("userId");
CREATE INDEX ON comment ("postId");
CREATE INDEX ON comment ("userId");
CREATE INDEX ON hot_take ("userId");
