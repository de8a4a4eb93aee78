CREATE TABLE accounts (
    id bigint PRIMARY KEY, username text NOT NULL, domain text, locked boolean NOT NULL DEFAULT false,
    discoverable boolean, silenced_at timestamptz, suspended_at timestamptz, created_at timestamptz NOT NULL
);
CREATE TABLE users (
    id bigint PRIMARY KEY, account_id bigint NOT NULL, email text NOT NULL, sign_up_ip inet, current_sign_in_at timestamptz,
    locale varchar, created_at timestamptz NOT NULL
);
CREATE TABLE session_activations (id bigint PRIMARY KEY, user_id bigint NOT NULL, ip inet, updated_at timestamptz NOT NULL);
CREATE TABLE login_activities (
    id bigint PRIMARY KEY, user_id bigint NOT NULL, success boolean, ip inet, created_at timestamptz
);
CREATE TABLE statuses (
    id bigint PRIMARY KEY, account_id bigint NOT NULL, in_reply_to_id bigint, reblog_of_id bigint, visibility int NOT NULL DEFAULT 0,
    sensitive boolean NOT NULL DEFAULT false, language varchar, deleted_at timestamptz, created_at timestamptz NOT NULL
);
CREATE TABLE favourites (
    id bigint PRIMARY KEY, account_id bigint NOT NULL, status_id bigint NOT NULL, created_at timestamptz NOT NULL,
    UNIQUE (account_id, status_id)
);
CREATE TABLE follows (
    id bigint PRIMARY KEY, account_id bigint NOT NULL, target_account_id bigint NOT NULL, created_at timestamptz NOT NULL,
    UNIQUE (account_id, target_account_id)
);
CREATE TABLE tags (id bigint PRIMARY KEY, name text NOT NULL UNIQUE);
CREATE TABLE statuses_tags (status_id bigint NOT NULL, tag_id bigint NOT NULL, PRIMARY KEY (tag_id, status_id));
CREATE TABLE domain_blocks (id bigint PRIMARY KEY, domain text NOT NULL UNIQUE, severity int);
CREATE TABLE domain_allows (id bigint PRIMARY KEY, domain text NOT NULL UNIQUE);
CREATE TABLE follow_recommendation_suppressions (id bigint PRIMARY KEY, account_id bigint NOT NULL UNIQUE);
CREATE INDEX ON statuses (account_id);
CREATE INDEX ON statuses (in_reply_to_id);
CREATE INDEX ON statuses (reblog_of_id);
CREATE INDEX ON favourites (status_id);
CREATE INDEX ON follows (target_account_id);
CREATE INDEX ON login_activities (user_id);
CREATE INDEX ON session_activations (user_id);
CREATE INDEX ON accounts (domain);
