CREATE TABLE website (website_id uuid PRIMARY KEY, name text NOT NULL, tz text NOT NULL DEFAULT 'UTC', deleted_at timestamptz);
CREATE TABLE session (session_id uuid PRIMARY KEY, website_id uuid NOT NULL, browser text, country char(2), created_at timestamptz NOT NULL);
CREATE TABLE website_event (
    event_id bigint NOT NULL, website_id uuid NOT NULL, session_id uuid NOT NULL, visitor_id text, created_at timestamptz NOT NULL,
    url_path text NOT NULL, referrer_domain text, event_type int NOT NULL, event_name text, event_data jsonb,
    PRIMARY KEY (event_id, created_at)
) PARTITION BY RANGE (created_at);
CREATE TABLE website_event_2026_01 PARTITION OF website_event FOR VALUES FROM ('2026-01-01Z') TO ('2026-02-01Z');
CREATE TABLE website_event_2026_02 PARTITION OF website_event FOR VALUES FROM ('2026-02-01Z') TO ('2026-03-01Z');
CREATE TABLE website_event_rest PARTITION OF website_event DEFAULT;
CREATE TABLE revenue (revenue_id uuid PRIMARY KEY, session_id uuid NOT NULL, event_id bigint NOT NULL, currency varchar(3) NOT NULL, revenue numeric(19, 4), created_at timestamptz NOT NULL);
CREATE INDEX ON website_event (session_id, created_at);
CREATE INDEX ON website_event (website_id, created_at);
CREATE INDEX ON website_event (visitor_id);
CREATE INDEX ON session (website_id);
CREATE INDEX ON revenue (session_id);
